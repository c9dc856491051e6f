/** The pure part: times, texts of errors, hits in a text. Without React, so that workers and tests can have it alone. */
export { type ErrorText, errorCode, errorText } from './error-text.ts';
export { highlight, type Piece } from './highlight.ts';
export { dayLabel, formatDuration, formatLocal, formatUtc, listTime, timeParts, type Zone, zoneName } from './time.ts';
