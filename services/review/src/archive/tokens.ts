/** Tokens: the words of a message as keyed hashes, so that the database can find them and cannot read them (ARCHITECTURE). */
import { fromUtf8, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import type { OrderId } from '@countersign/custody';

/** Of one message; a longer text is found by its first words. */
const TOKENS_PER_MESSAGE_MAX = 2_000;
const WORDS_KNOWN_MAX = 50_000;
/** Scripts whose texts have no spaces between words. */
const UNSPACED = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
/** Marks are accents in these scripts, and part of the letter in Thai and the Indic ones. */
const ACCENTED = /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu;
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*/gu;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/** The words of a text, folded (case, width, accents), each once, in order; a search splits its query the same way. */
export function wordsOf(text: string): string[] {
  const folded = text.normalize('NFKD').replace(ACCENTED, '$1').normalize('NFC').toLowerCase();
  const words = new Set<string>();
  for (const [run] of folded.matchAll(WORD)) {
    if (UNSPACED.test(run)) for (const { segment, isWordLike } of segmenter.segment(run)) isWordLike && words.add(segment);
    else words.add(run);
    if (words.size >= TOKENS_PER_MESSAGE_MAX) break;
  }
  return [...words].slice(0, TOKENS_PER_MESSAGE_MAX);
}

export class Tokens {
  readonly #key: Uint8Array;
  readonly #known = new Map<string, bigint>();

  /** `key` derives from the vault's: whoever lacks it cannot test a word. */
  constructor(vaultKey: Uint8Array) {
    this.#key = crypto.hkdfExpand(vaultKey, fromUtf8('countersign review tokens'), 32);
  }

  ofText(text: string): bigint[] {
    return wordsOf(text).map((word) => this.#ofWord(word));
  }

  /** The facet of an order: part of every search, so that a search finds nothing outside it. */
  ofOrder(orderId: OrderId): bigint {
    return this.#hash(`order\0${toHex(orderId)}`);
  }

  #ofWord(word: string): bigint {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const token = this.#hash(`word\0${word}`);
    this.#known.set(word, token);
    if (this.#known.size > WORDS_KNOWN_MAX) this.#known.delete(this.#known.keys().next().value as string);
    return token;
  }

  #hash(text: string): bigint {
    const mac = crypto.hmacSha256(this.#key, fromUtf8(text));
    return new DataView(mac.buffer, mac.byteOffset).getBigInt64(0);
  }
}
