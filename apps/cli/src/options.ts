/** Options that several verbs share, and how their texts are judged: a wrong one is a matter of usage (exit 2). */
import { readFile } from 'node:fs/promises';
import { fromHex } from '@countersign/bytes';
import { InvalidArgumentError, Option } from 'commander';
import type { Cli } from './cli.ts';
import { CliError, UsageError } from './failure.ts';

const DAY_S = 86_400;

export const dataOption = () =>
  new Option('--data <dir>', "the network's data directory").default('countersign-data', './countersign-data');
export const homeOption = () => new Option('--home <dir>', "the member's home: keys, messages, settings").makeOptionMandatory();

export function parseCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (!(count >= min && count <= max)) throw new InvalidArgumentError(`a whole number from ${min} to ${max} is needed.`);
    return count;
  };
}

/** YYYY-MM-DD, a real day, as days since 1970-01-01 (UTC). */
export function parseDay(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('a day like 2030-12-31 is needed.');
  return ms / 1000 / DAY_S;
}

export function formatDay(day: number): string {
  return new Date(day * DAY_S * 1000).toISOString().slice(0, 10);
}

/** 16 bytes in hex, the form of every id. */
export function parseId(text: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/i.test(text)) throw new InvalidArgumentError('an id of 32 hex digits is needed.');
  return fromHex(text);
}

export function parseHandle(text: string): string {
  if (!/^@[A-Za-z0-9](?:[A-Za-z0-9._-]{0,30}[A-Za-z0-9])?$/.test(text))
    throw new InvalidArgumentError('a handle like @name is needed.');
  return text;
}

export function parseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new InvalidArgumentError('an http address is needed.');
  return text.replace(/\/+$/, '');
}

/** A secret is given as itself, as `-` for stdin, or as @FILE, so that it need not stand in the list of processes. */
export async function readSecret(cli: Cli, text: string): Promise<string> {
  if (text === '-') return (await cli.readStdin()).trim();
  if (!text.startsWith('@')) return text.trim();
  try {
    return (await readFile(text.slice(1), 'utf8')).trim();
  } catch (cause) {
    throw new UsageError(`${text.slice(1)} cannot be read`, { cause });
  }
}

export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new CliError('input.unreadable', `${path} cannot be read`, undefined, { cause });
  }
}
