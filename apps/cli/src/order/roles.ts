/** The roles of PROTOCOL 1 by the names that the command line uses. */
import { Role, type RoleRequirement } from '@countersign/custody';

const NAMES: Readonly<Record<number, string>> = {
  [Role.authority]: 'authority',
  [Role.dutyAuthority]: 'duty',
  [Role.oversight]: 'oversight',
  [Role.requestingOfficer]: 'officer',
  [Role.orderReviewer]: 'reviewer',
  [Role.registrar]: 'registrar',
  [Role.readerGateway]: 'gateway',
};

/** `m` more officers in the role of that name. */
export interface NamedRequirement {
  readonly role: number;
  readonly name: string;
  readonly m: number;
}

export function nameRequirements(required: readonly RoleRequirement[]): NamedRequirement[] {
  return required.map(({ role, m }) => ({ role, name: NAMES[role] ?? String(role), m }));
}
