/** Whether the device is connected, and when it last heard anything: silence is never confused with being up to date. */
import { Stamp } from '@countersign/ui';
import type { ConnectionState } from '../engine/api.ts';
import { useApp } from '../state/app-provider.tsx';

const TEXTS: Readonly<Record<ConnectionState, string>> = {
  online: 'Connected',
  syncing: 'Connected, fetching what came meanwhile',
  connecting: 'Connecting',
  offline: 'Not connected: what you write waits on this device and is sent later',
};

export function ConnectionBar() {
  const { model } = useApp();
  const { connection, lastHeardMs, connectionCode } = model;
  return (
    <div className={`ms-connection ms-connection-${connection}`} role="status">
      <span className="ms-dot" aria-hidden />
      <span>{TEXTS[connection]}</span>
      {connectionCode !== null && <code>{connectionCode}</code>}
      <span className="cs-dim ms-heard">
        {lastHeardMs === null ? (
          'nothing received yet'
        ) : (
          <>
            last received <Stamp ms={lastHeardMs} as="seconds" />
          </>
        )}
      </span>
    </div>
  );
}
