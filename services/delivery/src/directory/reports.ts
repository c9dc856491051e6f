/** Reports (PROTOCOL 14): the device signs the log entry itself, this service only passes it on and keeps the struct for the operator. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Ac1Error, decode, encode, ensure, equal, isAc1Code } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import {
  EntryType,
  encodeSecretPayload,
  keyId,
  logEntryCodec,
  reportCode,
  reportCodec,
  verifyEntrySignature,
  verifyReport,
  verifySecret,
} from '@countersign/custody';
import type { Sql } from '@countersign/db';
import { AppError, type deliveryFrames as frames, logFrames } from '@countersign/wire';

const APPEND_MAX_MS = 10_000;
const ANSWER_BYTES_MAX = 65_536;

export interface ReportsOptions {
  readonly sql: Sql;
  readonly logPrivateUrl: string;
  /** Unix seconds. */
  readonly now: () => number;
}

export class Reports {
  readonly #options: ReportsOptions;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** The index of the entry, which commits to exactly this report. */
  async file(
    device: { readonly deviceId: Uint8Array; readonly envSigKey: Uint8Array },
    frame: frames.SendReport,
  ): Promise<bigint> {
    const { sql, now } = this.#options;
    const report = verifyReport(decode(reportCodec, frame.report), device.envSigKey);
    const entry = verifyEntrySignature(decode(logEntryCodec, frame.entry), device.envSigKey);
    ensure(entry.type === EntryType.report, 'log.type_mismatch');
    ensure(equal(entry.actorKeyId, keyId(device.envSigKey)), 'log.signature_invalid');
    const body = labelledHash('AC1 object', encode(reportCodec, report));
    verifySecret(entry, { salt: frame.salt, payload: encodeSecretPayload(EntryType.report, body) });
    const index = await this.#append(frame.entry);
    await sql`insert into report (log_index, device_id, code, report, created)
      values (${index}, ${device.deviceId}, ${reportCode(report)}, ${frame.report}, ${now()}) on conflict do nothing`;
    return index;
  }

  async #append(entry: Uint8Array): Promise<bigint> {
    const body = toBinary(logFrames.AppendRequestSchema, create(logFrames.AppendRequestSchema, { appends: [{ entry }] }));
    const answer = await this.#post(body);
    const { index, code = '' } = answer.results[0] ?? {};
    if (index !== undefined) return index;
    throw isAc1Code(code) ? new Ac1Error(code) : new AppError('internal.unavailable');
  }

  async #post(body: Uint8Array): Promise<logFrames.AppendReply> {
    try {
      const response = await fetch(`${this.#options.logPrivateUrl}/v1/entries`, {
        method: 'POST',
        body: body as Uint8Array<ArrayBuffer>,
        headers: { 'content-type': 'application/protobuf' },
        redirect: 'error',
        signal: AbortSignal.timeout(APPEND_MAX_MS),
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (!response.ok || bytes.length > ANSWER_BYTES_MAX) throw new AppError('internal.unavailable');
      return fromBinary(logFrames.AppendReplySchema, bytes);
    } catch (cause) {
      throw new AppError('internal.unavailable', undefined, { cause });
    }
  }
}
