/** The MLS working group's vectors (vectors/data/mls/SOURCE.md), suite 1, all sixteen files. */
import { readFileSync } from 'node:fs';
import { fromHex } from '@countersign/bytes';

export const VECTOR_FILES = [
  'crypto-basics',
  'deserialization',
  'key-schedule',
  'message-protection',
  'messages',
  'passive-client-handling-commit',
  'passive-client-random',
  'passive-client-welcome',
  'psk_secret',
  'secret-tree',
  'transcript-hashes',
  'tree-math',
  'tree-operations',
  'tree-validation',
  'treekem',
  'welcome',
] as const;

export type VectorFile = (typeof VECTOR_FILES)[number];

/** The cases of a file; which fields they have is described in the working group's test-vectors.md. */
// biome-ignore lint/suspicious/noExplicitAny: sixteen formats, each read by one test alone
export type Case = any;

export function readCases(file: VectorFile): Case[] {
  return JSON.parse(readFileSync(new URL(`../../../../vectors/data/mls/${file}.json`, import.meta.url), 'utf8'));
}

export const hex = fromHex;
