/** "Who can read this" for the whole network. */
import type { Place } from '../state/place.ts';
import { PaneHeader } from './pane-header.tsx';
import { ReadersPanel } from './readers-panel.tsx';

export function ReadersScreen({ go }: { readonly go: (place: Place) => void }) {
  return (
    <>
      <PaneHeader title="Who can read this" detail="Holds for every conversation on this network" go={go} />
      <div className="ms-page cs-scroll">
        <ReadersPanel conversation={null} />
      </div>
    </>
  );
}
