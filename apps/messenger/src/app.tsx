/** Which screen is shown: first what must come before everything (enrol, unlock), then the conversations. */
import { Banner, ErrorNotice, LoadingNotice } from '@countersign/ui';
import { EnrolScreen } from './screens/enrol-screen.tsx';
import { HomeScreen } from './screens/home-screen.tsx';
import { RevokedScreen } from './screens/revoked-screen.tsx';
import { UnlockScreen } from './screens/unlock-screen.tsx';
import { useApp } from './state/app-provider.tsx';
import type { Phase } from './state/model.ts';

export function App() {
  const { model } = useApp();
  return (
    <>
      {model.faultCode !== null && (
        <Banner tone="danger">
          <ErrorNotice error={{ code: model.faultCode }} />
        </Banner>
      )}
      <Screen phase={model.phase} />
    </>
  );
}

function Screen({ phase }: { readonly phase: Phase }) {
  switch (phase) {
    case 'starting':
      return <LoadingNotice what="Starting" />;
    case 'empty':
      return <EnrolScreen />;
    case 'locked':
      return <UnlockScreen />;
    case 'open':
      return <HomeScreen />;
    case 'revoked':
      return <RevokedScreen />;
  }
}
