/** What a person is told about an error code, and what to do now (codes: PROTOCOL 18 and contracts/errors.json). */

export interface ErrorText {
  readonly title: string;
  readonly action: string;
}

const TEXTS: Readonly<Record<string, ErrorText>> = {
  'voucher.invalid': { title: 'This voucher cannot be used.', action: 'Ask the person who vouches for you for a new one.' },
  'voucher.more_needed': {
    title: 'This network asks for more vouchers.',
    action: 'Collect the missing ones from other members and enter all of them.',
  },
  'voucher.quota_exceeded': {
    title: 'You have given out as many vouchers as you may.',
    action: 'The operator can raise the number.',
  },
  'session.proof_invalid': {
    title: 'The service does not accept this key.',
    action: 'Check the clock of this device and that the key belongs to this network.',
  },
  'session.expired': { title: 'The session has ended.', action: 'Sign in again.' },
  'session.revoked': { title: 'This device was revoked.', action: 'Erase it and enrol again with a new voucher.' },
  'limit.rate': { title: 'Too much in a short time.', action: 'Wait a moment; it will be tried again.' },
  'limit.group_members': { title: 'The group would be larger than this network allows.', action: 'Make a second group.' },
  'limit.mailbox': { title: 'A recipient’s mailbox is full.', action: 'Try again when that person has been online.' },
  'input.handle_taken': { title: 'Somebody else has that name.', action: 'Choose another.' },
  'input.unknown_account': { title: 'Nobody here has that name.', action: 'Check the spelling.' },
  'input.unknown_order': { title: 'There is no order of that number that you may see.', action: 'Check the number.' },
  'input.unknown_message': { title: 'There is no message of that number that you may see.', action: 'Check the address.' },
  'input.no_key_package': { title: 'A device of this person cannot be reached yet.', action: 'Try again when it was online.' },
  'input.consent_missing': {
    title: 'The custody statement has changed.',
    action: 'Read it again and say whether you agree.',
  },
  'policy.feature_off': { title: 'The operator has switched this off.', action: 'It cannot be used on this network.' },
  'policy.forbidden': { title: 'You may not do this.', action: 'Ask the person whose role it is.' },
  'policy.no_order': {
    title: 'No order in force covers this for you.',
    action: 'Choose an order, or have one authorised.',
  },
  'order.expired': { title: 'The order has ended.', action: 'What it covered can no longer be read.' },
  'order.revoked': { title: 'The order was revoked.', action: 'What it covered can no longer be read.' },
  'order.not_yet_valid': { title: 'The order has not begun yet.', action: 'Wait for its beginning.' },
  'internal.unavailable': { title: 'The service cannot be reached.', action: 'It is tried again by itself.' },
  'store.locked_out': { title: 'That passphrase does not open this device.', action: 'Try again, or erase and enrol anew.' },
  'store.in_use': { title: 'Countersign is open in another tab.', action: 'Use that tab, or close it and reload this one.' },
  'store.unavailable': {
    title: 'This browser does not let the page store anything.',
    action: 'Leave private browsing, or open the page by its secure address.',
  },
  'store.damaged': { title: 'What this device stored is damaged.', action: 'Erase it and enrol again with a new voucher.' },
  'cert.invalid': { title: 'The sender’s device is not certified, or was revoked.', action: 'The operator was told.' },
  'roster.invalid': {
    title: 'The member list in the log is not the one this device knows.',
    action: 'Nothing is sent here until the operator has cleared it.',
  },
};

const FAMILIES: Readonly<Record<string, string>> = {
  envelope: 'The message failed a check: what custody got is not what was sent to you.',
  grant: 'The message failed a check: it was not properly sealed to the custodians.',
  content: 'The message has a form that is not allowed.',
  decode: 'The data cannot be read.',
  log: 'The log does not say what it should.',
  order: 'The order does not permit this.',
  authorisation: 'The authorisation does not hold.',
  policy: 'This is not permitted.',
  limit: 'This is more than allowed.',
  input: 'Something in the input is wrong.',
  session: 'The session is not accepted.',
};

/** Never only "failed": an unknown code gets its family's text, and the code itself stays visible for whoever is asked for help. */
export function errorText(code: string): ErrorText {
  const family = code.split('.', 1)[0] ?? '';
  return (
    TEXTS[code] ?? {
      title: FAMILIES[family] ?? 'Something went wrong that should not.',
      action: `If it stays, tell the operator the code ${code}.`,
    }
  );
}

/** The code of anything that was thrown. */
export function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null ? (error as { readonly code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : 'internal.unknown';
}
