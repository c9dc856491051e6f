/** The file of an order on its way: its bytes, the officers' decisions, and how it was logged. */
import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { decode, encode, fromHex, toHex } from '@countersign/bytes';
import { type Authorisation, authorisationCodec, decodeOrder, type Order, orderCodec } from '@countersign/custody';
import type { AppendedEntry } from '@countersign/service';
import { CliError } from '../failure.ts';
import { type DataDir, exists, readJson, writeJson } from '../network/data-dir.ts';

export interface OrderFile {
  readonly path: string;
  readonly order: Order;
  readonly authorisations: readonly Authorisation[];
  /** Set once it is in the log. */
  readonly logged: LoggedOrder | null;
}

/** The order's own entries, each with what opens it. */
export interface LoggedOrder {
  readonly order: AppendedEntry;
  readonly summary: AppendedEntry;
  readonly authorisations: readonly AppendedEntry[];
}

export function orderPath(dir: DataDir, orderId: Uint8Array): string {
  return join(dir.orders, `${toHex(orderId)}.json`);
}

export async function writeOrderFile({ path, order, authorisations, logged }: OrderFile): Promise<void> {
  await writeJson(path, {
    order_id: toHex(order.orderId),
    order: toHex(encode(orderCodec, order)),
    authorisations: authorisations.map((item) => toHex(encode(authorisationCodec, item))),
    logged:
      logged === null
        ? null
        : {
            order: entryToJson(logged.order),
            summary: entryToJson(logged.summary),
            authorisations: logged.authorisations.map(entryToJson),
          },
  });
}

/** By order id, or by the path of its file; throws `input.unknown_order`. */
export async function readOrderFile(dir: DataDir, idOrPath: string): Promise<OrderFile> {
  const isId = /^[0-9a-f]{32}$/.test(idOrPath);
  const path = isId || !(isAbsolute(idOrPath) || (await exists(idOrPath))) ? join(dir.orders, `${idOrPath}.json`) : idOrPath;
  const json = (await readJson(path)) as OrderJson | null;
  if (json === null) throw new CliError('input.unknown_order', `no order ${idOrPath} in ${dir.orders}`);
  return {
    path,
    order: decodeOrder(fromHex(json.order)),
    authorisations: json.authorisations.map((item) => decode(authorisationCodec, fromHex(item))),
    logged:
      json.logged === null
        ? null
        : {
            order: entryFromJson(json.logged.order),
            summary: entryFromJson(json.logged.summary),
            authorisations: json.logged.authorisations.map(entryFromJson),
          },
  };
}

export async function listOrderFiles(dir: DataDir): Promise<OrderFile[]> {
  const names = (await readdir(dir.orders).catch(() => [])).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
  return Promise.all(names.sort().map((name) => readOrderFile(dir, join(dir.orders, name))));
}

interface EntryJson {
  readonly index: string;
  readonly entry: string;
  readonly salt: string;
  readonly payload: string;
}

interface OrderJson {
  readonly order: string;
  readonly authorisations: readonly string[];
  readonly logged: {
    readonly order: EntryJson;
    readonly summary: EntryJson;
    readonly authorisations: readonly EntryJson[];
  } | null;
}

function entryToJson({ index, entry, salt, payload }: AppendedEntry): EntryJson {
  return { index: String(index), entry: toHex(entry), salt: toHex(salt), payload: toHex(payload) };
}

function entryFromJson({ index, entry, salt, payload }: EntryJson): AppendedEntry {
  return { index: BigInt(index), entry: fromHex(entry), salt: fromHex(salt), payload: fromHex(payload) };
}
