/** Notice: role 3 tells a person of an order that named them (PROTOCOL 12), and when a member is shown one (PROTOCOL 15). */
import { ensure, enumeration, equal, fromUtf8, type Infer, struct, uint64, version } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { type Authorities, findSigner } from './authority.ts';
import { type AccountId, accountId, hash, orderId, sig } from './ids.ts';
import { Role } from './role.ts';
import { createSigned } from './signed.ts';

/** The state of a Notice. */
export const NoticeState = { served: 1, deferred: 2 } as const;

export const noticeCodec = struct({
  version,
  orderId,
  orderHash: hash,
  accountId,
  state: enumeration(1, [NoticeState.served, NoticeState.deferred]),
  /** Unix seconds, as is `time`. */
  due: uint64,
  time: uint64,
  textHash: hash,
  sig,
});
export type Notice = Infer<typeof noticeCodec>;

/** SHA-256 of the text's UTF-8, which the Notice is bound to. */
export function noticeTextHash(text: string): Uint8Array {
  return crypto.sha256(fromUtf8(text));
}

/** Signed by an authority that holds role 3. */
export function createNotice(body: Omit<Notice, 'sig'>, oversightSeed: Uint8Array): Notice {
  return createSigned(noticeCodec, 'AC1 notice', body, oversightSeed);
}

/** The notice, proven to be signed by an authority with role 3; else `content.notice_invalid`. */
export function verifyNotice(notice: Notice, authorities: Authorities): Notice {
  const signer = findSigner(noticeCodec, 'AC1 notice', notice, authorities, [Role.oversight]);
  ensure(signer !== null, 'content.notice_invalid');
  return notice;
}

/**
 * The conditions, log inclusion excepted, under which a message of type notice is shown as one: any member could have sent
 * the bytes. The caller also holds proof that the notice is logged (type 18); anything else is `content.notice_invalid`.
 */
export function verifyShownNotice(
  content: { readonly notice: Notice; readonly text: string },
  authorities: Authorities,
  ownAccount: AccountId,
): Notice {
  const notice = verifyNotice(content.notice, authorities);
  ensure(equal(notice.accountId, ownAccount), 'content.notice_invalid');
  ensure(equal(notice.textHash, noticeTextHash(content.text)), 'content.notice_invalid');
  return notice;
}
