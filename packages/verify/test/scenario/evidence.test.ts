/** An evidence file in court: what it proves, and what is said when something is missing (PROTOCOL 14). */
import { Ac1Error, toUtf8 } from '@countersign/bytes';
import { decodeContent } from '@countersign/custody';
import { expect, test } from 'vitest';
import { createEvidenceFile, type EvidenceParts, verifyEvidence } from '../../src/index.ts';
import { bytesOf, publicKeyOf, Trial } from '../trial.ts';

const rootKey = publicKeyOf('root');

/** The code that `act` is refused with, or 'ok'; any other error fails the test. */
function codeOf(act: () => unknown): string {
  try {
    act();
    return 'ok';
  } catch (error) {
    if (error instanceof Ac1Error) return error.code;
    throw error;
  }
}

const codeFor = (parts: EvidenceParts): string => codeOf(() => verifyEvidence(createEvidenceFile(parts), { rootKey }));

test('three messages are proven, one is withheld in its place, and nothing is missing', () => {
  const evidence = verifyEvidence(createEvidenceFile(new Trial().parts), { rootKey });
  const texts = evidence.messages
    .map(({ content }) => decodeContent(content))
    .map((content) => ('body' in content ? content.body : ''));
  expect(texts).toEqual(['the boat comes at six', 'bring the money', 'burn this']);
  expect(evidence.messages.map(({ seq }) => seq)).toEqual([1, 2, 4]);
  expect(evidence.withheld.map(({ seq, msgId }) => [seq, msgId])).toEqual([[3, bytesOf('message 2', 16)]]);
  expect(evidence.gaps).toEqual([]);
  expect(evidence.isRootTrusted).toBe(true);
  expect(toUtf8(evidence.order.legalReference)).toBe('Act 12, s. 4');
});

test('the same parts give the same bytes, and what verifies under the wrong root proves nothing', () => {
  const { parts } = new Trial();
  expect(createEvidenceFile(parts)).toEqual(createEvidenceFile(new Trial().parts));
  expect(codeOf(() => verifyEvidence(createEvidenceFile(parts), { rootKey: publicKeyOf('another root') }))).toBe(
    'evidence.invalid',
  );
  expect(verifyEvidence(createEvidenceFile(parts)).isRootTrusted).toBe(false);
});

test('a message that is left out without a trace shows as a gap', () => {
  const evidence = verifyEvidence(createEvidenceFile(new Trial({ gap: true }).parts), { rootKey });
  expect(evidence.gaps).toEqual([{ grantId: evidence.manifest.grants[0]?.grantId, fromSeq: 3, toSeq: 3 }]);
});

test('an order that lacked a judge, or did not cover the sender, makes no evidence', () => {
  expect(codeFor(new Trial({ judges: 1 }).parts)).toBe('order.not_authorised');
  const other = { subjects: [{ type: 1 as const, accountId: bytesOf('somebody else', 16) }] };
  expect(codeFor(new Trial({ order: other }).parts)).toBe('order.scope_not_covered');
  expect(codeFor(new Trial({ order: { dayFrom: 1, dayTo: 2 } }).parts)).toBe('order.mode_invalid');
});

test('whatever part is missing is said to be missing', () => {
  const { parts } = new Trial();
  const without = <K extends 'rosters' | 'batches' | 'releases' | 'envelopes'>(name: K): string =>
    codeFor({ ...parts, [name]: parts[name].slice(1) });
  for (const name of ['rosters', 'batches', 'releases', 'envelopes'] as const)
    expect([name, without(name)]).toEqual([name, 'evidence.incomplete']);
});

test('no entry of the order, its authorisations, its requests or its readings can be left out', () => {
  const { parts } = new Trial();
  const codes = parts.entries.map((entry) => codeFor({ ...parts, entries: parts.entries.filter((other) => other !== entry) }));
  expect(codes).not.toContain('ok');
  // Of what the manifest rests on: request, releases, read event, and the manifest's own entry.
  expect(codes.slice(-6)).toEqual(Array(6).fill('evidence.incomplete'));
});
