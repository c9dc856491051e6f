/** The genesis: ceremony, custody key, first profile, officers and gateways, each logged by who may log it (PROTOCOL 4, 11.2). */
import { encode } from '@countersign/bytes';
import {
  type Actor,
  certBodyCodec,
  createOfficerCert,
  custodyKeyCodec,
  EntryType,
  type NetworkProfile,
} from '@countersign/custody';
import { createMembers, type FinishedKey, makeCustodyKey } from './ceremony.ts';
import { Custodian } from './custodians.ts';
import { Log } from './log.ts';
import { type Authority, createFirstProfile, encodeProfile, type Gateway, type Officer, type World } from './world.ts';

const CUSTODIAN_NAMES = ['Bar Association', 'Data Authority', 'Court of Audit', 'Ombudsman', 'University'];

export interface Founded {
  readonly log: Log;
  readonly key: FinishedKey;
  readonly profile: NetworkProfile;
  readonly custodians: readonly Custodian[];
}

export async function foundNetwork(world: World): Promise<Founded> {
  const members = createMembers(CUSTODIAN_NAMES, world);
  const key = makeCustodyKey(members, world);
  const actors: Actor[] = [
    { kind: 'relay', key: world.relay.key, roles: [] },
    ...members.map(({ signer }): Actor => ({ kind: 'custodian', key: signer.key, roles: [] })),
  ];
  const log = await Log.open(world, actors);
  for (const { author, payload } of key.published) await log.publish({ type: EntryType.ceremony, actor: author }, payload);
  await log.publish({ type: EntryType.custodyKey, actor: world.relay }, encode(custodyKeyCodec, key.custodyKey));
  const profile = createFirstProfile(world, key.custodyKey);
  await log.publish({ type: EntryType.profile, actor: world.relay }, encodeProfile(profile));
  await certifyOfficers(log, world);
  const custodians = await Promise.all(
    members.map((member, i) => Custodian.open(member, key.shares[i] as Uint8Array, key.custodyKey, world)),
  );
  return { log, key, profile, custodians };
}

async function certifyOfficers(log: Log, world: World): Promise<void> {
  for (const officer of [...world.judges, world.oversight, world.detective]) await certify(log, world, world.justice, officer);
  for (const gateway of [world.gateway, world.otherGateway]) await certify(log, world, world.gatewayOffice, gateway);
}

/** Logged by the authority that signed it. */
async function certify(log: Log, world: World, authority: Authority, holder: Officer | Gateway): Promise<void> {
  const { networkId, from, to } = world;
  const fields = { networkId, officerId: holder.id, from: BigInt(from), to: BigInt(to) };
  const body =
    'hpke' in holder
      ? {
          ...fields,
          organisationId: holder.agency,
          roles: [7],
          alg: 3 as const,
          key: { sigKey: holder.key, hpkeKey: holder.hpke.publicKey },
        }
      : { ...fields, organisationId: holder.organisation, roles: [...holder.roles], alg: 1 as const, key: holder.key };
  const cert = createOfficerCert(body, authority.seed);
  await log.publish({ type: EntryType.cert, actor: authority }, encode(certBodyCodec, { kind: 2, cert }));
}
