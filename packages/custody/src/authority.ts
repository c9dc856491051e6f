/** Authority: a signing key that the network profile trusts with roles (PROTOCOL 4). */
import { type Codec, fixed, type Infer, list, struct } from '@countersign/bytes';
import type { SignLabel } from '@countersign/crypto';
import { point65, role, sigKey } from './ids.ts';
import { isSignedBy, type Signed } from './signed.ts';

export const authorityCodec = struct({
  authorityId: fixed<'AuthorityId'>(16),
  key: sigKey,
  hpkeKey: point65,
  roles: list(role, 1, 255, { sorted: true }),
});
export type Authority = Infer<typeof authorityCodec>;

/** What a signature by an authority is judged with. */
export type Authorities = readonly Pick<Authority, 'key' | 'roles'>[];

/** The key of the authority that holds all of `roles` and signed `value`, or null. */
export function findSigner<T extends Signed>(
  codec: Codec<T>,
  label: SignLabel,
  value: T,
  authorities: Authorities,
  roles: readonly number[],
): Uint8Array | null {
  const entitled = authorities.filter((authority) => roles.every((needed) => authority.roles.includes(needed)));
  return entitled.find(({ key }) => isSignedBy(codec, label, value, key))?.key ?? null;
}
