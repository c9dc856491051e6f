/** Attachments, rosters, notices, reports and the rules on whose word counts. */
import { concat, equal, fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { describe, expect, test } from 'vitest';
import {
  AttachmentOpener,
  AttachmentSealer,
  attachmentBlobLength,
  createNotice,
  createReport,
  createRoster,
  noticeTextHash,
  openAttachment,
  reportCode,
  rosterHandle,
  sealAttachment,
  senderAccount,
  verifyContentAdmin,
  verifyContentOwner,
  verifyReport,
  verifyRoster,
  verifyRosterAccounts,
  verifyRosterEqualsMls,
  verifyShownNotice,
} from '../../src/index.ts';
import {
  account,
  bytesOf,
  codeOf,
  created,
  envSigKey,
  envSigSeed,
  relayKey,
  relaySeed,
  roster,
  scope,
  seal,
} from '../messenger.ts';

const CHUNK = 65_536;

describe('an attachment', () => {
  test.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])('of %i bytes opens as it was sealed', (size) => {
    const plaintext = bytesOf('file', size);
    const { ref, blob } = sealAttachment(plaintext, bytesOf('key'));
    expect(BigInt(blob.length)).toBe(attachmentBlobLength(ref.size));
    expect(equal(openAttachment(ref, blob), plaintext)).toBe(true);
  });

  test('is sealed and opened chunk by chunk with the same result', () => {
    const plaintext = bytesOf('file', CHUNK + 100);
    const sealer = new AttachmentSealer(bytesOf('key'), plaintext.length);
    const pieces = [sealer.seal(plaintext.subarray(0, CHUNK)), sealer.seal(plaintext.subarray(CHUNK))];
    const whole = sealAttachment(plaintext, bytesOf('key'));
    expect(equal(concat(...pieces), whole.blob)).toBe(true);
    const ref = sealer.finish();
    expect(ref).toEqual(whole.ref);

    const opener = new AttachmentOpener(ref);
    for (const [i, piece] of pieces.entries()) {
      expect(opener.nextLength).toBe(piece.length);
      expect(equal(opener.open(piece), plaintext.subarray(i * CHUNK, (i + 1) * CHUNK))).toBe(true);
    }
    expect(opener.nextLength).toBe(0);
    opener.finish();
  });

  test('whose plaintext is not the one stated is not proven', () => {
    const { ref, blob } = sealAttachment(bytesOf('file', 100), bytesOf('key'));
    expect(codeOf(() => openAttachment({ ...ref, plainHash: bytesOf('other') }, blob))).toBe('attachment.invalid');
    expect(codeOf(() => openAttachment({ ...ref, blobId: bytesOf('other') }, blob))).toBe('attachment.invalid');
  });

  test('whose stream ends early is not proven', () => {
    const { ref, blob } = sealAttachment(bytesOf('file', CHUNK + 100), bytesOf('key'));
    const opener = new AttachmentOpener(ref);
    opener.open(blob.subarray(0, opener.nextLength));
    expect(codeOf(() => opener.finish())).toBe('attachment.invalid');
  });
});

describe('a roster', () => {
  const accounts = (device: Uint8Array) => roster.members.find(({ deviceId }) => equal(deviceId, device))?.accountId ?? null;

  test('is signed by a relay and equals the MLS state of its members', () => {
    expect(verifyRoster(roster, [bytesOf('old key'), relayKey])).toBe(roster);
    verifyRosterEqualsMls(roster, roster);
    verifyRosterAccounts(roster, accounts);
    expect(senderAccount(roster, scope)).toEqual(account);
    expect(senderAccount(roster, { ...scope, leafIndex: 0 })).toBeNull();
  });

  test('of another group under the relay`s signature is noticed by its members', () => {
    const hidden = createRoster({ ...roster, members: roster.members.slice(1) }, relaySeed);
    expect(codeOf(() => verifyRosterEqualsMls(hidden, roster))).toBe('roster.invalid');
    for (const fork of [{ treeHash: bytesOf('fork') }, { confirmedTranscriptHash: bytesOf('fork') }])
      expect(codeOf(() => verifyRosterEqualsMls(roster, { ...roster, ...fork }))).toBe('roster.invalid');
  });

  test('with an account that the certificate does not name, or without a certificate', () => {
    expect(codeOf(() => verifyRosterAccounts(roster, () => bytesOf('alias', 16)))).toBe('roster.invalid');
    expect(codeOf(() => verifyRosterAccounts(roster, () => null))).toBe('roster.invalid');
  });

  test('has one log handle for each epoch of each group', () => {
    const handles = [roster, { ...roster, epoch: 8n }, { ...roster, groupId: bytesOf('g', 16) }].map((slot) =>
      rosterHandle(slot).join(),
    );
    expect(new Set(handles).size).toBe(3);
    expect(rosterHandle(scope)).toEqual(rosterHandle(roster));
  });
});

describe('a notice', () => {
  const seed = bytesOf('oversight');
  const authorities = [
    { key: crypto.ed25519PublicKey(bytesOf('judge')), roles: [1, 2] },
    { key: crypto.ed25519PublicKey(seed), roles: [3] },
  ];
  const text = 'Your messages of two days were read under order 7.';
  const body = {
    orderId: bytesOf('order', 16),
    orderHash: bytesOf('order hash'),
    accountId: account,
    state: 1,
    due: 5n,
    time: 4n,
    textHash: noticeTextHash(text),
  } as const;

  test('is shown when role 3 signed it for this account and text', () => {
    const notice = createNotice(body, seed);
    expect(verifyShownNotice({ notice, text }, authorities, account)).toBe(notice);
  });

  test.each([
    ['signed by an authority without role 3', createNotice(body, bytesOf('judge')), text, account],
    ['for another account', createNotice(body, seed), text, bytesOf('other', 16)],
    ['beside another text', createNotice(body, seed), 'Nothing was read.', account],
  ])('%s is content.notice_invalid', (_, notice, shown, own) => {
    expect(codeOf(() => verifyShownNotice({ notice, text: shown }, authorities, own))).toBe('content.notice_invalid');
  });
});

test('a report names a code, its device signs it, and a code outside the list reads as unknown', () => {
  const { grant } = created;
  const body = { code: fromUtf8('envelope.wrap_mismatch'), grant, envelope: seal('first').bytes, time: 1n };
  const report = createReport(body, envSigSeed);
  expect(reportCode(verifyReport(report, envSigKey))).toBe('envelope.wrap_mismatch');
  expect(reportCode({ ...report, code: fromUtf8('made.up') })).toBe('internal.unknown');
  expect(codeOf(() => verifyReport({ ...report, time: 2n }, envSigKey))).toBe('object.signature_invalid');
});

test('members edit and delete their own messages alone, and only admins change a group', () => {
  verifyContentOwner(account, account);
  expect(codeOf(() => verifyContentOwner(account, bytesOf('other', 16)))).toBe('content.not_owner');
  expect(codeOf(() => verifyContentOwner(account, null))).toBe('content.not_owner');
  verifyContentAdmin(account, [bytesOf('creator', 16), account]);
  expect(codeOf(() => verifyContentAdmin(account, [bytesOf('creator', 16)]))).toBe('content.not_admin');
});
