/** What a newcomer is told before it joins: that custody exists, who the custodians are, how many of them can read, by which keys. */
import { toHex } from '@countersign/bytes';
import { custodyKeyOfDay, dayOf } from '@countersign/custody';
import type { LogMirror, TrustAnchor } from '@countersign/service';
import { AppError, custodyStatementHash, type FeaturePolicy } from '@countersign/wire';

export interface CustodyFacts {
  readonly network_id: string;
  readonly root_key: string;
  readonly custody_key_id: string;
  readonly threshold: number;
  readonly custodians: readonly { readonly index: number; readonly name: string; readonly sig_key: string }[];
  readonly retention_days: number;
  readonly operator_text: string;
}

export interface CustodyStatement {
  readonly text: string;
  readonly hash: Uint8Array;
  readonly facts: CustodyFacts;
}

/** By the profile and custody key in force; `internal.unavailable` before the network has them. */
export function deriveCustodyStatement(
  anchor: TrustAnchor,
  directory: LogMirror['directory'],
  policy: FeaturePolicy,
  now: number,
): CustodyStatement {
  if (!directory.hasProfile) throw new AppError('internal.unavailable');
  const { profile } = directory;
  const ref = custodyKeyOfDay(profile, dayOf(now));
  const key = ref === null ? null : directory.custodyKey(ref.custodyKeyId);
  if (key === null) throw new AppError('internal.unavailable');
  const facts: CustodyFacts = {
    network_id: toHex(anchor.networkId),
    root_key: toHex(anchor.rootKey),
    custody_key_id: toHex(key.custodyKeyId),
    threshold: key.t,
    custodians: key.custodians.map(({ index, name, sigKey }) => ({
      index,
      name: new TextDecoder().decode(name),
      sig_key: toHex(sigKey),
    })),
    retention_days: profile.retentionDays,
    operator_text: policy.operator_text,
  };
  const text = textOf(facts);
  return { text, hash: custodyStatementHash(text), facts };
}

function textOf(facts: CustodyFacts): string {
  const { custodians, threshold } = facts;
  const lines = [
    'Who can read this network',
    '',
    'Messages are encrypted from device to device. The operator of the network cannot read them.',
    `Each message key is also kept for ${custodians.length} custodians. Any ${threshold} of them together can recover it, and fewer cannot.`,
    'They do so only under a signed order of the competent authorities that stands in a public log. Every such order becomes public when its',
    'delay ends, and the persons concerned are then notified.',
    '',
    'The custodians:',
    ...custodians.map(({ index, name, sig_key }) => `${index}. ${name} (key ${fingerprint(sig_key)})`),
    '',
    `Network ${facts.network_id}, root key ${fingerprint(facts.root_key)}, custody key ${fingerprint(facts.custody_key_id)}.`,
    `Envelopes are kept for ${facts.retention_days} days.`,
  ];
  return [...lines, ...(facts.operator_text === '' ? [] : ['', facts.operator_text]), ''].join('\n');
}

/** All of a key, in groups that a person can compare. */
function fingerprint(hex: string): string {
  return (hex.match(/.{1,8}/g) ?? []).join(' ');
}
