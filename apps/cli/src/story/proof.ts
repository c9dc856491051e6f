/** What a story leaves for a court: an evidence file that verifies, a tampered one that does not, and a log that holds. */
import type { Cli } from '../cli.ts';
import { verifyWholeLog } from '../log/verify.ts';
import { publicKeyOf } from '../network/keys.ts';
import type { RunningNetwork } from '../network/network.ts';
import { fetchEvidence, judgeEvidence } from '../review/evidence.ts';
import type { Audience } from './audience.ts';

export interface Proofs {
  readonly evidence_valid: boolean;
  readonly evidence_tampered_detected: boolean;
  readonly log_verified: boolean;
}

export async function proveStory(cli: Cli, network: RunningNetwork, audience: Audience, orderId: string): Promise<Proofs> {
  const rootKey = publicKeyOf(network.keys.rootSeed);
  const evidence = await exportMost(audience, orderId);
  const verdict = evidence === null ? null : judgeEvidence(evidence.bytes, rootKey);
  if (verdict !== null && !verdict.valid) cli.say(`the evidence file was refused: ${verdict.code} (${verdict.message})`);
  return {
    evidence_valid: verdict?.valid === true && verdict.messages === evidence?.shown && verdict.gaps === 0,
    evidence_tampered_detected: evidence !== null && isTamperingSeen(cli, evidence.bytes, rootKey),
    log_verified: await isLogValid(cli, network),
  };
}

/** The disclosure of the agency that was shown most; null when nobody was shown anything. */
async function exportMost({ seats, feed }: Audience, orderId: string) {
  const shownTo = (agency: string) => feed.filter((record) => record.agency === agency).length;
  const [seat] = [...seats].sort((a, b) => shownTo(b.agency) - shownTo(a.agency));
  if (seat === undefined || shownTo(seat.agency) === 0) return null;
  return { bytes: await fetchEvidence(seat.gateway, orderId, null), shown: shownTo(seat.agency) };
}

/** How many places of the file are tampered with, one at a time. */
const TAMPERINGS = 16;

/** A single changed bit anywhere must be refused, with a code. */
function isTamperingSeen({ random }: Cli, bytes: Uint8Array, rootKey: Uint8Array): boolean {
  for (let i = 0; i < TAMPERINGS; i++) {
    const tampered = bytes.slice();
    const [high = 0, middle = 0, low = 0, bit = 0] = random(4);
    const at = Math.floor(((high * 65_536 + middle * 256 + low) / 2 ** 24) * bytes.length);
    tampered[at] = (tampered[at] as number) ^ (1 << (bit % 8));
    const verdict = judgeEvidence(tampered, rootKey);
    if (verdict.valid || !/^[a-z_]+\.[a-z_]+$/.test(verdict.code)) return false;
  }
  return true;
}

async function isLogValid(cli: Cli, { dir, urls }: RunningNetwork): Promise<boolean> {
  try {
    const { valid, overdue } = await verifyWholeLog(cli, { log: urls.log, network: dir.network });
    return valid && overdue === 0;
  } catch (error) {
    cli.say(`the log was refused: ${(error as Error).message}`);
    return false;
  }
}
