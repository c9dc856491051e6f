/** Entities with their place in the text, and those with checksums told from look-alikes. */
import { expect, test } from 'vitest';
import { BUILT_IN_PACK, parseRulePack, Triager } from '../../src/index.ts';

const triager = new Triager(parseRulePack(BUILT_IN_PACK));
const entitiesOf = (text: string) => triager.triage(text).entities;

test.each([
  ['the container CSQU3054383 is here', 'container_no', 'CSQU3054383', true],
  ['the container CSQU3054384 is here', 'container_no', 'CSQU3054384', false],
  ['pay to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'crypto_address', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', true],
  ['pay to bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'crypto_address', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', true],
  ['pay to bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', 'crypto_address', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', false],
  ['pay to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', 'crypto_address', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', true],
  ['pay to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD', 'crypto_address', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD', false],
] as const)('%s', (text, type, found, checked) => {
  expect(entitiesOf(text)).toContainEqual(expect.objectContaining({ type, text: found, checked }));
});

test('a base58 word without its checksum is no address', () => {
  expect(entitiesOf('pay to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb').map(({ type }) => type)).not.toContain('crypto_address');
});

test.each([
  ['He wants £2,000 for it', 'money', '£2,000'],
  ['Er will 4.000 Euro dafür', 'money', '4.000 Euro'],
  ['Han vill ha 18 000 kronor för det', 'money', '18 000 kronor'],
  ['He brings three kilos to us', 'quantity', 'three kilos'],
  ['Call me at +44 20 7946 0018 please', 'phone', '+44 20 7946 0018'],
  ['Write to rook@example.org about it', 'email', 'rook@example.org'],
  ['We meet in Rotterdam on Monday', 'place', 'Rotterdam'],
  ['We meet at 02:30 there', 'time', '02:30'],
] as const)('%s', (text, type, found) => {
  const entity = entitiesOf(text).find((candidate) => candidate.type === type);
  expect(entity?.text).toBe(found);
  expect(text.slice(entity?.start, entity?.end)).toBe(found);
});
