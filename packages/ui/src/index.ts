/** Layer 3: theme and components that both apps share. */
export { type ErrorText, errorCode, errorText } from './error-text.ts';
export { Fingerprint, groupHex } from './fingerprint.tsx';
export { highlight, type Piece } from './highlight.ts';
export { IconButton } from './icon-button.tsx';
export { QrCode } from './qr-code.tsx';
export { Stamp } from './stamp.tsx';
export { Banner, EmptyNotice, ErrorNotice, LoadingNotice } from './states.tsx';
export { installTheme } from './theme-sheet.ts';
export { dayLabel, formatDuration, formatLocal, formatUtc, listTime, timeParts, type Zone, zoneName } from './time.ts';
export { UiProvider, useScheme } from './ui-provider.tsx';
