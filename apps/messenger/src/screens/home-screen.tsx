/** The list of conversations beside what is chosen; one at a time on a phone. */
import { Banner, EmptyNotice } from '@countersign/ui';
import { Anchor } from '@mantine/core';
import { useApp } from '../state/app-provider.tsx';
import { hashOf, type Place } from '../state/place.ts';
import { usePlace } from '../state/use-place.ts';
import { ConnectionBar } from './connection-bar.tsx';
import { ConversationList } from './conversation-list.tsx';
import { DevicesScreen } from './devices-screen.tsx';
import { NewScreen } from './new-screen.tsx';
import { ReadersScreen } from './readers-screen.tsx';
import { ThreadScreen } from './thread-screen.tsx';
import { VouchersScreen } from './vouchers-screen.tsx';

export function HomeScreen() {
  const { model, dispatch } = useApp();
  const [place, go] = usePlace();
  return (
    <div className="ms-frame">
      <a className="cs-skip" href="#main">
        Skip to the conversation
      </a>
      <ConnectionBar />
      {model.custodyChanged && (
        <Banner tone="warning">
          The custodians of this network have changed.{' '}
          <Anchor href={hashOf({ name: 'readers' })} onClick={() => dispatch({ type: 'custodySeen' })} inherit>
            See who can read this now
          </Anchor>
        </Banner>
      )}
      <div className={`ms-panes ${place.name === 'list' ? 'ms-at-list' : 'ms-at-detail'}`}>
        <ConversationList chosen={place.name === 'conversation' ? place.id : null} place={place} go={go} />
        <main id="main" className="ms-detail" tabIndex={-1}>
          <Detail place={place} go={go} />
        </main>
      </div>
    </div>
  );
}

function Detail({ place, go }: { readonly place: Place; readonly go: (place: Place) => void }) {
  switch (place.name) {
    case 'list':
      return <EmptyNotice title="Choose a conversation">or begin one with the plus sign.</EmptyNotice>;
    case 'conversation':
      return <ThreadScreen key={place.id} id={place.id} go={go} />;
    case 'new':
      return <NewScreen go={go} />;
    case 'vouchers':
      return <VouchersScreen go={go} />;
    case 'devices':
      return <DevicesScreen go={go} />;
    case 'readers':
      return <ReadersScreen go={go} />;
  }
}
