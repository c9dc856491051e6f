/** Layer 3: theme and components that both apps share; texts and times are under `./text`. */
export { Fingerprint } from './fingerprint.tsx';
export { IconButton } from './icon-button.tsx';
export { QrCode } from './qr-code.tsx';
export { Stamp } from './stamp.tsx';
export { Banner, EmptyNotice, ErrorNotice, LoadingNotice } from './states.tsx';
export { installTheme } from './theme-sheet.ts';
export { UiProvider, useScheme } from './ui-provider.tsx';
