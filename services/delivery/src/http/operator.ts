/** The private port: the operator's calls under his token, and the figures of this process (docs/network.md, delivery). */
import { fromHex, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import type { Sql } from '@countersign/db';
import { createHttp, type ServiceContext } from '@countersign/service';
import { AppError } from '@countersign/wire';
import type { FastifyInstance } from 'fastify';
import type { Accounts } from '../directory/accounts.ts';
import type { NetworkView } from '../directory/network-view.ts';
import type { Revocations } from '../directory/revocation.ts';
import type { Vouchers } from '../enrol/vouchers.ts';
import { OPERATOR_PAGE_ROWS, OPERATOR_VOUCHERS_PER_CALL_MAX } from '../limits.ts';
import type { PolicyBook } from '../policy-book.ts';
import { plain } from '../store/rows.ts';
import { readBody } from './body.ts';

const ANNEX_BYTES_MAX = 256 * 2 ** 10;

export interface PrivateHttpOptions {
  readonly log: ServiceContext['log'];
  readonly sql: Sql;
  readonly operatorToken: string;
  readonly accounts: Accounts;
  readonly network: NetworkView;
  readonly policies: PolicyBook;
  readonly revocations: Revocations;
  readonly vouchers: Vouchers;
  /** Prometheus text. */
  readonly metrics: () => string;
}

export function createPrivateHttp(options: PrivateHttpOptions): FastifyInstance {
  const http = createHttp({ log: options.log, bodyLimitBytes: ANNEX_BYTES_MAX });
  http.get('/metrics', (_request, reply) => reply.header('content-type', 'text/plain; version=0.0.4').send(options.metrics()));
  http.register((scope, _options, done) => {
    scope.addHook('onRequest', async (request) => ensureOperator(request.headers.authorization, options.operatorToken));
    addDirectory(scope, options);
    addPolicy(scope, options);
    addMail(scope, options);
    done();
  });
  return http;
}

/** Compared as hashes, so that neither length nor content shows in the time taken. */
function ensureOperator(authorization: string | undefined, token: string): void {
  const given = crypto.sha256(new TextEncoder().encode(authorization ?? ''));
  const wanted = crypto.sha256(new TextEncoder().encode(`Bearer ${token}`));
  let difference = 0;
  for (let i = 0; i < given.length; i++) difference |= (given[i] as number) ^ (wanted[i] as number);
  if (difference !== 0) throw new AppError('session.expired');
}

function addDirectory(http: FastifyInstance, { sql, accounts, revocations, vouchers }: PrivateHttpOptions): void {
  http.post('/operator/vouchers', async (request) => {
    const wish = readBody(request.body, (fields) => ({
      count: fields.has('count') ? fields.integer('count', 1, OPERATOR_VOUCHERS_PER_CALL_MAX) : 1,
      territory: fields.text('territory'),
      validS: fields.has('valid_s') ? fields.integer('valid_s', 0, 2 ** 31) : 0,
    }));
    const made = await vouchers.create({ ...wish, maker: null, forOwnDevice: false }, OPERATOR_VOUCHERS_PER_CALL_MAX);
    return { vouchers: made.map(({ text }) => text), expires: made[0]?.expires ?? 0 };
  });
  http.get<{ Params: { handle: string } }>('/operator/accounts/:handle', async (request) => {
    const { accountId, handle } = await accounts.find({ case: 'handle', value: request.params.handle });
    const rows = await sql<DeviceRow[]>`
      select d.device_id, d.territory, d.created, d.revoked_from, s.seen from device d left join device_seen s on s.device_id = d.device_id
      where d.account_id = ${accountId} and d.admitted is not null order by d.created`;
    return { account_id: toHex(accountId), handle, devices: rows.map(describeDevice) };
  });
  http.get<{ Querystring: { after?: string } }>('/operator/devices', async (request) => {
    const after = readId(request.query.after ?? '');
    const rows = await sql<(DeviceRow & { handle: string })[]>`
      select d.device_id, d.territory, d.created, d.revoked_from, s.seen, a.handle
      from device d join account a on a.account_id = d.account_id left join device_seen s on s.device_id = d.device_id
      where d.device_id > ${after} and d.admitted is not null order by d.device_id limit ${OPERATOR_PAGE_ROWS}`;
    return { devices: rows.map((row) => ({ ...describeDevice(row), handle: row.handle })) };
  });
  http.post<{ Params: { id: string } }>('/operator/devices/:id/revoke', async (request) => {
    const reason = readBody(request.body ?? {}, (fields) => (fields.has('reason') ? fields.integer('reason', 0, 65_535) : 0));
    await revocations.revoke(readId(request.params.id), reason);
    return { revoked: true };
  });
}

interface DeviceRow {
  device_id: Buffer;
  territory: string;
  created: bigint;
  revoked_from: bigint | null;
  seen: bigint | null;
}

function describeDevice(row: DeviceRow) {
  return {
    device_id: toHex(row.device_id),
    territory: row.territory,
    created: Number(row.created),
    revoked_from: row.revoked_from === null ? null : Number(row.revoked_from),
    last_seen: row.seen === null ? null : Number(row.seen),
  };
}

function addPolicy(http: FastifyInstance, { policies, network }: PrivateHttpOptions): void {
  http.get('/operator/policy', async () => {
    await policies.refresh();
    return policies.policy;
  });
  const set = async (request: { readonly body: unknown }) => policies.set(request.body);
  http.put('/operator/policy', set);
  http.post('/operator/policy', set);
  http.put('/operator/annex', async (request) => {
    if (!(request.body instanceof Uint8Array)) throw new AppError('input.malformed', 'annex');
    await network.takeAnnex(plain(request.body));
    return { taken: true };
  });
}

function addMail(http: FastifyInstance, { sql }: PrivateHttpOptions): void {
  http.get<{ Querystring: { after?: string } }>('/operator/feedback', async (request) => {
    const rows = await sql<{ feedback_id: bigint; handle: string; text: string; created: bigint }[]>`
      select f.feedback_id, a.handle, f.text, f.created from feedback f join account a on a.account_id = f.account_id
      where f.feedback_id > ${readCursor(request.query.after)} order by f.feedback_id limit ${OPERATOR_PAGE_ROWS}`;
    return {
      feedback: rows.map((row) => ({
        id: Number(row.feedback_id),
        handle: row.handle,
        text: row.text,
        created: Number(row.created),
      })),
    };
  });
  http.get<{ Querystring: { after?: string } }>('/operator/reports', async (request) => {
    const rows = await sql<{ log_index: bigint; device_id: Buffer; code: string; report: Buffer; created: bigint }[]>`
      select log_index, device_id, code, report, created from report
      where log_index > ${readCursor(request.query.after) - 1n} order by log_index limit ${OPERATOR_PAGE_ROWS}`;
    return {
      reports: rows.map((row) => ({
        log_index: Number(row.log_index),
        device_id: toHex(row.device_id),
        code: row.code,
        report: toHex(row.report),
        created: Number(row.created),
      })),
    };
  });
}

function readCursor(text: string | undefined): bigint {
  if (text !== undefined && !/^\d{1,18}$/.test(text)) throw new AppError('input.malformed', 'after');
  return BigInt(text ?? 0);
}

/** 16 bytes in hex, or nothing. */
function readId(text: string): Uint8Array {
  if (!/^(?:[0-9a-f]{32})?$/.test(text)) throw new AppError('input.malformed', 'id');
  return fromHex(text);
}
