/** The review console's page. */
import { installTheme, UiProvider } from '@countersign/ui';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './console.css';

installTheme(document);
createRoot(document.getElementById('root') as HTMLElement).render(
  <UiProvider>
    <App />
  </UiProvider>,
);
