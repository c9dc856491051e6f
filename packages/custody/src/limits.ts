/** Limits: what the network allows any order to ask for, and how many officers each kind of order needs (PROTOCOL 4). */
import { array, type Infer, list, refine, struct, uint8, uint16, uint32 } from '@countersign/bytes';
import { role } from './ids.ts';

/** `m` officers approving in `role`. */
export const roleRequirementCodec = struct({ role, m: refine(uint8, (m) => m >= 1) });
export type RoleRequirement = Infer<typeof roleRequirementCodec>;

/** Sorted by role, each role once. */
export const requiredCodec = refine(
  list(roleRequirementCodec, 2, 254),
  (required) => required.every((item, i) => i === 0 || (required[i - 1] as RoleRequirement).role < item.role),
  'decode.order',
);

/** Orders of `kind` whose subjects are at least as wide as `breadth` need `required` (PROTOCOL 10.2, step 9). */
export const authRuleCodec = struct({ kind: uint8, breadth: uint8, required: requiredCodec });

export const limitsCodec = struct({
  /** Of kinds 1 to 4, in this order. */
  maxLifetimeS: array(uint32, 4),
  noticeMaxS: uint32,
  emergencyReviewS: uint32,
  maxSubjects: uint16,
  rules: list(authRuleCodec, 5, 65_535),
});
export type Limits = Infer<typeof limitsCodec>;
