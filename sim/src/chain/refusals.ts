/** What must be refused before there is any order: cheating members, a replay, a grant for another's key, a forked log (PROTOCOL 7.3, 9.2, 11.1). */
import { concat, decode, encode, fromUtf8 } from '@countersign/bytes';
import { labelledSign } from '@countersign/crypto';
import {
  CHAIN_START,
  ContentType,
  createGrant,
  encodeContent,
  type Grant,
  grantCodec,
  grantId,
  type Hash,
  type Scope,
  sealEnvelope,
} from '@countersign/custody';
import { deriveKeyPair } from '@countersign/threshold';
import { createCheckpoint, entryHash, formatAddCheckpoint, LogTree } from '@countersign/tlog';
import type { Checks } from './checks.ts';
import type { Device } from './devices.ts';
import type { Committed, Log } from './log.ts';
import type { Seat } from './members.ts';
import type { Printer } from './print.ts';
import type { LoggedGrant, Sent } from './relay.ts';
import { openGroup, type Stage, type Talk } from './talk.ts';
import type { World } from './world.ts';

/** Taken twice, a message would be shown twice. */
export async function refuseReplay({ lastSent }: Talk, { relay }: Stage, checks: Checks, print: Printer): Promise<void> {
  print.check(
    await checks.refused('relay', 'the same envelope a second time', 'envelope.replayed', () => relay.accept(lastSent)),
  );
}

/** Ways to write so that members can read and custody cannot. The relay sees none of them; any honest recipient does. */
export async function refuseEvaders(names: readonly Device[], stage: Stage, checks: Checks, print: Printer): Promise<void> {
  const [evader, honest] = names as [Device, Device];
  for (const [what, code, cheat] of EVASIONS) {
    const [sender, recipient] = (await openGroup([evader, honest], stage)) as [Seat, Seat];
    const delivered = await stage.relay.accept(await cheat(sender, stage.world));
    print.check(await checks.refused(`relay accepts, ${honest.name} refuses`, what, code, () => recipient.read(delivered)));
  }
}

type Cheat = (sender: Seat, world: World) => Promise<Sent>;

const EVASIONS: readonly (readonly [what: string, code: string, cheat: Cheat])[] = [
  ['content key wrapped under a key of his own', 'envelope.wrap_invalid', wrapForOwnKey],
  ['one content key for members, another for custody', 'envelope.wrap_mismatch', tellTwoKeys],
  ['grant sealed to a key that no custodian holds', 'grant.commit_mismatch', grantToOwnKey],
];

async function wrapForOwnKey(sender: Seat, world: World): Promise<Sent> {
  const { grant, grantId: id } = sender.grant();
  return send(sender, grant, seal(sender, id, world.random(32), world));
}

async function tellTwoKeys(sender: Seat, world: World): Promise<Sent> {
  const { grant, grantId: id, K } = sender.grant();
  const sealed = seal(sender, id, K, world);
  return send(sender, grant, { ...sealed, mlsPayload: concat(world.random(32), sealed.envHash) });
}

async function grantToOwnKey(sender: Seat, world: World): Promise<Sent> {
  const scope = sender.scope();
  const own = deriveKeyPair(world.random(32));
  const secrets = { dayRoot: sender.dayRoot(scope), envSigSeed: sender.device.env.seed };
  const { grant, grantId: id, K } = createGrant(scope, own.publicKey, secrets);
  return send(sender, grant, seal(sender, id, K, world));
}

function seal(sender: Seat, id: Hash, K: Uint8Array, { random, clock }: World) {
  const content = encodeContent({ type: ContentType.text, expireS: 0, body: 'for your eyes only' });
  const input = { msgId: random(16), grantId: id, sentMs: 1000n * BigInt(clock.now), content };
  return sealEnvelope(input, CHAIN_START, { K, envSigSeed: sender.device.env.seed }, random);
}

async function send(sender: Seat, grant: Grant, sealed: ReturnType<typeof seal>): Promise<Sent> {
  const { message } = await sender.group.encrypt(sealed.mlsPayload, sealed.envHash);
  return { device: sender.device, grant: encode(grantCodec, grant), envelope: sealed.bytes, mls: message };
}

/** Another's encapsulation under the thief's own scope, which the order covers: with it custodians would give out the other's key. */
export interface Rescoped extends Committed {
  readonly grantId: Hash;
  readonly scope: Scope;
}

/** The relay refuses it; a relay in league logs it all the same, and it comes back for the custodians to judge. */
export async function refuseRescoped(
  thief: Seat,
  victim: LoggedGrant,
  stage: Stage,
  checks: Checks,
  print: Printer,
): Promise<Rescoped> {
  const { head, proof } = decode(grantCodec, victim.bytes);
  const scope = thief.scope();
  const stolen = { head: { ...head, scope }, proof };
  const id = grantId(stolen);
  const bytes = encode(grantCodec, { ...stolen, sig: labelledSign(thief.device.env.seed, 'AC1 grant sig', id) });
  const sealed = seal(thief, id, stage.world.random(32), stage.world);
  const sent = { device: thief.device, grant: bytes, envelope: sealed.bytes, mls: bytes };
  const what = "another member's key under a scope of one's own";
  print.check(await checks.refused('relay', what, 'grant.proof_invalid', () => stage.relay.accept(sent)));
  return { ...(await stage.relay.logGrant(bytes)), grantId: id, scope };
}

/** A log that tells two stories: no witness signs the second. */
export function refuseFork(log: Log, world: World, checks: Checks, print: Printer): void {
  log.checkpoint();
  const tree = LogTree.open(0, () => {
    throw new RangeError('a tree that is kept whole in memory');
  });
  tree.append(Array.from({ length: log.size + 1 }, (_, i) => entryHash(fromUtf8(`another entry ${i}`))));
  const checkpoint = createCheckpoint(tree.head(tree.size), world.log);
  const answers = log.witnesses.map((witness) => {
    const proof = tree.proveConsistency(witness.size, tree.size);
    return witness.addCheckpoint(formatAddCheckpoint({ oldSize: witness.size, proof, checkpoint }), world.clock.now).status;
  });
  const isRefused = answers.every((status) => status === 422);
  print.check(checks.holds(`all ${answers.length} witnesses: status 422`, 'a forked log, signed with its own key', isRefused));
}
