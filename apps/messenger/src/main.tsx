/** The messenger's page: starts the engine's worker and draws. */
import { installTheme, UiProvider } from '@countersign/ui';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startEngine } from './engine/start-engine.ts';
import { AppProvider } from './state/app-provider.tsx';
import './messenger.css';

installTheme(document);
createRoot(document.getElementById('root') as HTMLElement).render(
  <UiProvider>
    <AppProvider startEngine={startEngine}>
      <App />
    </AppProvider>
  </UiProvider>,
);
