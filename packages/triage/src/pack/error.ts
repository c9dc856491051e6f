/** What is wrong with a rule pack: which file, which rule or concept, which field. */

export type PackErrorCode = 'pack.shape' | 'pack.unknown_concept' | 'pack.duplicate' | 'pack.term_invalid' | 'pack.limit';

export class PackError extends Error {
  override readonly name = 'PackError';
  readonly code: PackErrorCode;
  readonly file: string;
  /** A rule's id or a concept's name; empty where the file as a whole is wrong. */
  readonly rule: string;
  readonly field: string;

  constructor(code: PackErrorCode, file: string, rule: string, field: string, what: string) {
    super(`${file}${rule === '' ? '' : `, ${rule}`}, ${field}: ${what}`);
    this.code = code;
    this.file = file;
    this.rule = rule;
    this.field = field;
  }
}
