/** The member's own devices: which they are, when each was last seen, and revoking a lost one. */
import { ErrorNotice, Fingerprint, LoadingNotice, Stamp } from '@countersign/ui';
import { Badge, Button, Modal } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { DeviceView } from '../engine/api.ts';
import { useApp } from '../state/app-provider.tsx';
import type { Place } from '../state/place.ts';
import { useAction } from '../state/use-action.ts';
import { useLoad } from '../state/use-load.ts';
import { EraseButton } from './erase-button.tsx';
import { PaneHeader } from './pane-header.tsx';

export function DevicesScreen({ go }: { readonly go: (place: Place) => void }) {
  const { engine } = useApp();
  const load = useCallback(() => engine.devices(), [engine]);
  const { value, error, reload } = useLoad(load);
  const [asked, setAsked] = useState<DeviceView | null>(null);
  const revoke = useAction();
  const confirm = (device: DeviceView) =>
    void revoke
      .run(async () => {
        await engine.revokeDevice(device.id);
        reload();
      })
      .then((isDone) => isDone && setAsked(null));

  return (
    <>
      <PaneHeader title="My devices" detail="A further device enrols with a voucher for a device of yours" go={go} />
      <div className="ms-page cs-stack cs-scroll">
        {value === null && error !== null && <ErrorNotice error={error} retry={reload} />}
        {value === null && error === null && <LoadingNotice what="Asking the service" />}
        <ul className="ms-rows ms-devices">
          {value?.map((device) => (
            <DeviceRow key={device.id} device={device} revoke={() => setAsked(device)} />
          ))}
        </ul>
        <EraseButton />
      </div>
      <Modal
        opened={asked !== null}
        onClose={() => setAsked(null)}
        title="Revoke this device?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {asked !== null && (
          <div className="cs-stack">
            <p>
              It is cut off at once and leaves every group. What it has stored stays on it. A revoked device cannot be brought
              back; it can enrol anew.
            </p>
            {revoke.error !== null && <ErrorNotice error={revoke.error} />}
            <div className="cs-row">
              <Button color="red.9" loading={revoke.isRunning} onClick={() => confirm(asked)}>
                Revoke
              </Button>
              <Button variant="default" onClick={() => setAsked(null)}>
                Keep
              </Button>
            </div>
          </div>
        )}
      </Modal>
    </>
  );
}

function DeviceRow({ device, revoke }: { readonly device: DeviceView; readonly revoke: () => void }) {
  const { id, isThis, revoked, lastSeen, notAfter } = device;
  return (
    <li className="ms-device">
      <div className="cs-row cs-wrap">
        <strong>{id.slice(0, 8)}</strong>
        {isThis && <Badge>this device</Badge>}
        {revoked && <Badge color="red.9">revoked</Badge>}
        <span className="cs-dim">
          {lastSeen === 0 ? (
            'not seen yet'
          ) : (
            <>
              last seen <Stamp ms={lastSeen * 1000} as="full" />
            </>
          )}
        </span>
      </div>
      <Fingerprint hex={id} />
      <span className="cs-dim">
        certified until <Stamp ms={notAfter * 1000} as="full" />
      </span>
      {!isThis && !revoked && (
        <div>
          <Button size="compact-sm" variant="default" onClick={revoke}>
            Revoke
          </Button>
        </div>
      )}
    </li>
  );
}
