/** What stands behind the `?` of an address: the order that a view reads under, and what it looks at. */

export interface Search {
  /** Order id. */
  readonly order?: string | undefined;
  /** Words looked for. */
  readonly q?: string | undefined;
  /** The message that is looked at, and when it was received. */
  readonly message?: string | undefined;
  readonly at?: number | undefined;
}

const HEX = /^[0-9a-f]{1,128}$/;

/** Anything else in an address is left out. */
export function parseSearch(raw: Readonly<Record<string, unknown>>): Search {
  const { order, q, message, at } = raw;
  return {
    ...(typeof order === 'string' && HEX.test(order) ? { order } : {}),
    ...(typeof q === 'string' || typeof q === 'number' ? { q: String(q).slice(0, 500) } : {}),
    ...(typeof message === 'string' && HEX.test(message) ? { message } : {}),
    ...(typeof at === 'number' && Number.isSafeInteger(at) ? { at } : {}),
  };
}

/** Text stays text in an address: an order id that happens to be all digits is no number. */
export function parseAddress(text: string): Record<string, unknown> {
  const values = Object.fromEntries(new URLSearchParams(text)) as Record<string, unknown>;
  return typeof values.at === 'string' ? { ...values, at: Number(values.at) } : values;
}

export function formatAddress(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (value !== undefined && value !== '') query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}
