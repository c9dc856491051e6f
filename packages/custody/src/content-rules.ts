/** Whose word a content is: who may edit, delete or change a group (PROTOCOL 15). A notice's rule is in `notice.ts`. */
import { ensure, equal } from '@countersign/bytes';
import type { AccountId } from './ids.ts';

/**
 * An edit or delete counts only for a message of the same group that the sender's account wrote. `owner` is the account whose device
 * sent the target, null when the group has no such message: `content.not_owner`.
 */
export function verifyContentOwner(sender: AccountId, owner: AccountId | null): void {
  ensure(owner !== null && equal(sender, owner), 'content.not_owner');
}

/** A group change counts only from an account on the admin list in force, which begins with the creator: else `content.not_admin`. */
export function verifyContentAdmin(sender: AccountId, admins: readonly AccountId[]): void {
  ensure(
    admins.some((admin) => equal(sender, admin)),
    'content.not_admin',
  );
}
