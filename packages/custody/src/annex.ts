/** Annex: the profile's registry of purposes, and of which organisations' officers may authorise for which agency (PROTOCOL 4). */
import { decode, ensure, equal, type Infer, list, opaque, struct, toHex, version } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { type AgencyId, agencyId, type Hash, organisationId, purpose, territory } from './ids.ts';

export const annexCodec = struct({
  version,
  purposes: list(struct({ purpose, name: opaque(1, 64) }), 4, 65_535, { sorted: true }),
  agencies: list(
    struct({
      agencyId,
      territory,
      name: opaque(1, 255),
      /** Whose officers may authorise for the agency. */
      organisations: list(organisationId, 16, 4080, { sorted: true }),
    }),
    38,
    65_535,
    { sorted: true },
  ),
});
export type Annex = Infer<typeof annexCodec>;

/** The annex that the profile's `purposeAnnex` names; another one is `profile.invalid`. */
export function verifyAnnex(bytes: Uint8Array, purposeAnnex: Hash): Annex {
  const annex = decode(annexCodec, bytes);
  ensure(equal(labelledHash('AC1 object', bytes), purposeAnnex), 'profile.invalid');
  return annex;
}

/** The organisations, as hex, whose officers may authorise for at least one of `agencies` (PROTOCOL 11.3, step 4). */
export function organisationsOf(annex: Annex, agencies: readonly AgencyId[]): ReadonlySet<string> {
  const named = new Set(agencies.map(toHex));
  const entries = annex.agencies.filter((entry) => named.has(toHex(entry.agencyId)));
  return new Set(entries.flatMap(({ organisations }) => organisations.map(toHex)));
}
