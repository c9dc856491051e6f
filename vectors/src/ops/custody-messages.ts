/** Vector ops of PROTOCOL sections 4 (identifiers), 6, 7, 9 and 15: from scope and grant to envelope, content and stamp. */
import { decode, encode, ensure, fromHex, fromUtf8, toHex, toUtf8 } from '@countersign/bytes';
import {
  type Content,
  ContentType,
  contentCodec,
  createEnvelopeBatch,
  createGrant,
  custodyKeyId,
  decodeContent,
  deriveDayRoot,
  deriveScope,
  envelopeBatchCodec,
  envelopeCodec,
  grantCodec,
  type OpenExpectations,
  openAttachment,
  openEnvelopeAsReader,
  openEnvelopeAsRecipient,
  relayStampCodec,
  rosterHandle,
  type Scope,
  scopeCodec,
  scopeHash,
  sealAttachment,
  sealEnvelope,
  verifyBatchPromise,
  verifyGrant,
  verifyGrantAsRecipient,
  verifyRelayStamp,
  verifyShownNotice,
} from '@countersign/custody';
import type { CaseFields, Ops } from '../op.ts';
import { recipeBlob, recipePlaintext } from './attachment-recipe.ts';

function readScope(fields: CaseFields): Scope {
  return {
    networkId: fromHex(fields.network_id),
    custodyKeyId: fromHex(fields.custody_key_id),
    groupId: fromHex(fields.group_id),
    epoch: BigInt(fields.epoch),
    leafIndex: fields.leaf_index,
    deviceId: fromHex(fields.device_id),
    day: fields.day,
  };
}

function writeScope(scope: Scope): CaseFields {
  return {
    network_id: toHex(scope.networkId),
    custody_key_id: toHex(scope.custodyKeyId),
    group_id: toHex(scope.groupId),
    epoch: scope.epoch.toString(),
    leaf_index: scope.leafIndex,
    device_id: toHex(scope.deviceId),
    day: scope.day,
  };
}

const scopeOps: Ops = {
  custody_key_id: (input) => ({
    id: toHex(custodyKeyId(fromHex(input.network_id), input.from_day, fromHex(input.Y))),
  }),

  scope_encode(input) {
    const scope = readScope(input);
    return { bytes: toHex(encode(scopeCodec, scope)), hash: toHex(scopeHash(scope)) };
  },

  scope_decode: (input) => writeScope(decode(scopeCodec, fromHex(input.bytes))),

  day_root: (input) => ({ root: toHex(deriveDayRoot(fromHex(input.custody_root), input.day_zero, input.day).root) }),

  derive(input) {
    const scope = decode(scopeCodec, fromHex(input.scope));
    const derived = deriveScope(fromHex(input.day_root), scope, fromHex(input.Y));
    return {
      scope_secret: toHex(derived.scopeSecret),
      sk: toHex(derived.e),
      enc: toHex(derived.enc),
      K: toHex(derived.K),
      k_commit: toHex(derived.kCommit),
    };
  },

  roster_handle: (input) => ({
    handle: toHex(
      rosterHandle({
        networkId: fromHex(input.network_id),
        groupId: fromHex(input.group_id),
        epoch: BigInt(input.epoch),
      }),
    ),
  }),
};

const grantOps: Ops = {
  grant_make(input) {
    const secrets = { dayRoot: fromHex(input.day_root), envSigSeed: fromHex(input.env_seed) };
    const { grant, grantId, K } = createGrant(readScope(input.scope), fromHex(input.Y), secrets);
    return {
      enc: toHex(grant.head.enc),
      k_commit: toHex(grant.head.kCommit),
      ubar: toHex(grant.proof.ubar),
      c: toHex(grant.proof.c),
      z: toHex(grant.proof.z),
      grant_id: toHex(grantId),
      grant: toHex(encode(grantCodec, grant)),
      K: toHex(K),
    };
  },

  grant_verify(input) {
    const verified = verifyGrant(fromHex(input.grant), {
      networkId: fromHex(input.network_id),
      custodyKeys: input.custody_keys.map((key: CaseFields) => ({
        custodyKeyId: fromHex(key.id),
        Y: fromHex(key.Y),
        fromDay: key.from_day,
        toDay: key.to_day,
      })),
      envSigKeyOf: () => fromHex(input.env_pub),
    });
    const out = { grant_id: toHex(verified.grantId) };
    if (input.day_root === undefined) return out;
    return { ...out, K: toHex(verifyGrantAsRecipient(verified, fromHex(input.day_root))) };
  },
};

const envelopeOps: Ops = {
  envelope_seal(input) {
    const { header } = input;
    const sealed = sealEnvelope(
      {
        msgId: fromHex(header.msg_id),
        grantId: fromHex(header.grant_id),
        sentMs: BigInt(header.sent_ms),
        content: fromHex(input.content),
      },
      { lastSeq: header.seq - 1, lastHash: fromHex(header.prev) },
      { K: fromHex(input.K), envSigSeed: fromHex(input.env_seed) },
      () => fromHex(input.cek),
    );
    const { kc, wrap } = decode(envelopeCodec, sealed.bytes);
    return {
      kc: toHex(kc),
      wrap: toHex(wrap),
      env_hash: toHex(sealed.envHash),
      mls_payload: toHex(sealed.mlsPayload),
      envelope: toHex(sealed.bytes),
    };
  },

  envelope_open(input) {
    const bytes = fromHex(input.envelope);
    const expected: OpenExpectations = {
      K: fromHex(input.K),
      grantId: fromHex(input.grant_id),
      envSigKey: fromHex(input.env_pub),
      chain: { lastSeq: input.state.last_seq, lastHash: fromHex(input.state.last_hash) },
      isSeen: (msgId) => input.state.seen.includes(toHex(msgId)),
    };
    const { content, envHash } =
      input.mls === undefined
        ? openEnvelopeAsReader(bytes, expected)
        : openEnvelopeAsRecipient(bytes, expected, {
            authenticatedData: fromHex(input.mls.aad),
            payload: fromHex(input.mls.payload),
          });
    return { content: toHex(content), env_hash: toHex(envHash) };
  },
};

const stampOps: Ops = {
  stamp_verify(input) {
    verifyRelayStamp(fromHex(input.stamp), {
      relayKeys: [fromHex(input.pub)],
      envHash: fromHex(input.env_hash),
      day: input.day,
      skewS: input.skew_s,
    });
    return {};
  },

  batch_make(input) {
    const batch = createEnvelopeBatch(BigInt(input.batch), input.env_hashes.map(fromHex));
    return { bytes: toHex(encode(envelopeBatchCodec, batch)) };
  },

  batch_verify(input) {
    const batch = decode(envelopeBatchCodec, fromHex(input.bytes));
    const stamp = decode(relayStampCodec, fromHex(input.stamp));
    verifyBatchPromise(batch, stamp, input.index, input.path.map(fromHex));
    return {};
  },
};

const contentOps: Ops = {
  content_encode: (input) => ({ bytes: toHex(encode(contentCodec, readContent(input.content))) }),

  content_decode: (input) => ({ content: writeFields(decodeContent(fromHex(input.bytes))) }),

  notice_check(input) {
    const content = decodeContent(fromHex(input.bytes));
    ensure(content.type === ContentType.notice, 'content.notice_invalid');
    const authorities = input.authorities.map(({ key, roles }: CaseFields) => ({ key: fromHex(key), roles }));
    verifyShownNotice(content, authorities, fromHex(input.account_id));
    return {};
  },
};

const attachmentOps: Ops = {
  attachment_seal(input) {
    const { ref, blob } = sealAttachment(recipePlaintext(fromHex(input.seed), input.size), fromHex(input.key));
    return {
      blob_id: toHex(ref.blobId),
      plain_hash: toHex(ref.plainHash),
      blob_length: blob.length,
      ...(blob.length < BLOB_SHOWN_BELOW_BYTES && { blob: toHex(blob) }),
    };
  },

  attachment_open(input) {
    const { attachment } = input;
    const ref = {
      blobId: fromHex(attachment.blob_id),
      key: fromHex(attachment.key),
      size: BigInt(attachment.size),
      chunk: attachment.chunk,
      plainHash: fromHex(attachment.plain_hash),
    };
    return { size: openAttachment(ref, recipeBlob(input.blob)).length };
  },
};

const BLOB_SHOWN_BELOW_BYTES = 1024;

/** Fields of contents and notices that are no bytes; the vectors write texts in hex and 64-bit numbers as decimal strings. */
const TEXT_FIELDS = new Set(['body', 'emoji', 'name', 'mime', 'caption', 'text']);
const UINT64_FIELDS = new Set(['size', 'due', 'time']);

function readContent(fields: CaseFields): Content {
  return readFields(fields) as Content;
}

function readFields(fields: CaseFields): CaseFields {
  return mapFields(fields, (name, value) => [camelCase(name), readField(name, value)]);
}

function readField(name: string, value: unknown): unknown {
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map((item) => readField(name, item));
  if (typeof value !== 'string') return readFields(value as CaseFields);
  if (UINT64_FIELDS.has(name)) return BigInt(value);
  return TEXT_FIELDS.has(name) ? toUtf8(fromHex(value)) : fromHex(value);
}

function writeFields(fields: CaseFields): CaseFields {
  return mapFields(fields, (name, value) => [snakeCase(name), writeField(value)]);
}

function writeField(value: unknown): unknown {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return toHex(fromUtf8(value));
  if (value instanceof Uint8Array) return toHex(value);
  return Array.isArray(value) ? value.map(writeField) : writeFields(value as CaseFields);
}

function mapFields(fields: CaseFields, one: (name: string, value: unknown) => [string, unknown]): CaseFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => one(name, value)));
}

const camelCase = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const custodyMessagesOps: Ops = {
  ...scopeOps,
  ...grantOps,
  ...envelopeOps,
  ...stampOps,
  ...contentOps,
  ...attachmentOps,
};
