/** The one HTTP header by which callers show who they are (docs/network.md, Session proofs): a scheme and one value. */
import type { IncomingHttpHeaders } from 'node:http';

/** `Proof` opens a session, `Bearer` names one. */
export type CredentialScheme = 'Proof' | 'Bearer';

/** The value that a request carries under the scheme, or null. */
export function readCredentials(headers: IncomingHttpHeaders, scheme: CredentialScheme): string | null {
  const [name, value, ...rest] = (headers.authorization ?? '').split(' ');
  return name !== scheme || value === undefined || value === '' || rest.length > 0 ? null : value;
}

/** The header for a request. */
export function credentialHeaders(scheme: CredentialScheme, value: string): { readonly authorization: string } {
  return { authorization: `${scheme} ${value}` };
}
