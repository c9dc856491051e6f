/** A signed note: a text, a blank line, and lines of signatures (C2SP signed-note). */
import { concat, fromHex, fromUtf8, toHex, toUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { parseBase64, toBase64 } from './base64.ts';
import { check, TlogError } from './error.ts';
import { isKeyName, LOG_KEY, type SignerKey, type VerifierKey } from './key.ts';

export const NOTE_BYTES_MAX = 1_000_000;
/** C2SP asks verifiers to accept at least 16. */
export const NOTE_SIGNATURES_MAX = 100;

const LINE_START = '\u2014 ';
const KEY_ID_BYTES = 4;

export interface NoteSignature {
  readonly name: string;
  /** 4 bytes in hex. */
  readonly keyId: string;
  /** What stands after the key id; its form depends on the key's type. */
  readonly signature: Uint8Array;
}

/** Well formed; nothing is known about who wrote it. */
export interface UnverifiedNote {
  /** Ends in a newline; this is what is signed. */
  readonly text: string;
  /** At least one. */
  readonly signatures: readonly NoteSignature[];
}

/** Throws `note.malformed`. */
export function parseNote(bytes: Uint8Array): UnverifiedNote {
  check(bytes.length <= NOTE_BYTES_MAX, 'note.malformed');
  const whole = toUtf8(bytes);
  check(whole !== null && isNoteText(whole), 'note.malformed');
  // The text may hold blank lines of its own, so the last one separates.
  const separator = whole.lastIndexOf('\n\n');
  check(separator >= 0, 'note.malformed');
  return { text: whole.slice(0, separator + 1), signatures: parseSignatureLines(whole.slice(separator + 2)) };
}

export function formatNote(note: UnverifiedNote): Uint8Array {
  return fromUtf8(`${note.text}\n${note.signatures.map(formatSignatureLine).join('')}`);
}

/** With its newline. */
export function formatSignatureLine(line: NoteSignature): string {
  return `${LINE_START}${line.name} ${toBase64(concat(fromHex(line.keyId), line.signature))}\n`;
}

/** One or more lines, each with its newline. Throws `note.malformed`. */
export function parseSignatureLines(text: string): NoteSignature[] {
  check(text.endsWith('\n'), 'note.malformed');
  const lines = text.slice(0, -1).split('\n');
  check(lines.length <= NOTE_SIGNATURES_MAX, 'note.malformed');
  return lines.map(parseSignatureLine);
}

function parseSignatureLine(line: string): NoteSignature {
  check(line.startsWith(LINE_START), 'note.malformed');
  const [name = '', encoded = '', ...rest] = line.slice(LINE_START.length).split(' ');
  const bytes = parseBase64(encoded);
  check(rest.length === 0 && isKeyName(name) && bytes !== null && bytes.length > KEY_ID_BYTES, 'note.malformed');
  return { name, keyId: toHex(bytes.subarray(0, KEY_ID_BYTES)), signature: bytes.subarray(KEY_ID_BYTES) };
}

/** Ends in a newline and holds no other control character. */
function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the format excludes
  return text.endsWith('\n') && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}

/** Whether the line claims to be by this key: name and id both agree. */
export function claims(line: NoteSignature, key: VerifierKey): boolean {
  return line.name === key.name && line.keyId === key.keyId;
}

/** Signs `text` with a type 0x01 key. The text is ours: one that no note can carry is a RangeError. */
export function createNoteSignature(text: string, key: SignerKey): NoteSignature {
  if (key.type !== LOG_KEY) throw new RangeError('a witness key signs cosignatures only');
  if (!isNoteText(text)) throw new RangeError('a note text ends in a newline and holds no control characters');
  return { name: key.name, keyId: key.keyId, signature: crypto.ed25519Sign(key.seed, fromUtf8(text)) };
}

/** Throws `signature.invalid` unless `line` is the key's Ed25519 signature of the text. */
export function verifyNoteSignature(text: string, line: NoteSignature, key: VerifierKey): NoteSignature {
  const isValid =
    key.type === LOG_KEY && claims(line, key) && crypto.ed25519Verify(key.publicKey, fromUtf8(text), line.signature);
  if (!isValid) throw new TlogError('signature.invalid');
  return line;
}
