/** "Who can read this" for the whole network, and the identity of this device. */
import { Fingerprint } from '@countersign/ui';
import { Title } from '@mantine/core';
import { useApp } from '../state/app-provider.tsx';
import type { Place } from '../state/use-hash.ts';
import { PaneHeader } from './pane-header.tsx';
import { ReadersPanel } from './readers-panel.tsx';

export function ReadersScreen({ go }: { readonly go: (place: Place) => void }) {
  const { model } = useApp();
  return (
    <>
      <PaneHeader title="Who can read this" detail="Holds for every conversation on this network" go={go} />
      <div className="ms-page cs-scroll">
        <ReadersPanel conversation={null} />
        {model.me !== null && (
          <section className="cs-stack-tight">
            <Title order={3} size="h5">
              Network
            </Title>
            <Fingerprint hex={model.me.networkId} />
          </section>
        )}
      </div>
    </>
  );
}
