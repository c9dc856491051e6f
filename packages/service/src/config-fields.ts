/** Reads a configuration's JSON field by field, so that a mistake is named by its place (docs/network.md, Configuration files). */
import { fromHex } from '@countersign/bytes';

const PORT_MAX = 65_535;

/** A configuration that cannot be used; `field` is the place of the fault. The message holds no value: it may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly field: string;

  constructor(field: string, wanted: string) {
    super(`${field}: ${wanted}`);
    this.field = field;
  }
}

/** An object of the configuration. Every reader throws a ConfigError for a field that is missing or of another form. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** `path` is empty for the configuration itself. */
  constructor(json: unknown, path = '') {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ConfigError(path === '' ? 'configuration' : path, 'an object is needed');
    }
    this.#values = json as Record<string, unknown>;
    this.#path = path;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  text(name: string): string {
    const value = this.#values[name];
    if (typeof value !== 'string' || value === '') throw this.#fault(name, 'a text that is not empty is needed');
    return value;
  }

  /** `length` bytes in hex. */
  hex(name: string, length: number): Uint8Array {
    return this.#parseHex(this.#values[name], name, length);
  }

  hexList(name: string, length: number): Uint8Array[] {
    return this.#array(name).map((value, i) => this.#parseHex(value, `${name}[${i}]`, length));
  }

  /** A whole number of min to max. */
  integer(name: string, min: number, max: number): number {
    return this.#parseInteger(this.#values[name], name, min, max);
  }

  /** 0 lets the system choose one. */
  port(name: string): number {
    return this.integer(name, 0, PORT_MAX);
  }

  /** An http or https address, without a slash at its end. */
  url(name: string): string {
    return this.#parseUrl(this.#values[name], name);
  }

  urlList(name: string): string[] {
    return this.#array(name).map((value, i) => this.#parseUrl(value, `${name}[${i}]`));
  }

  object(name: string): Fields {
    return new Fields(this.#values[name], this.#place(name));
  }

  objects(name: string): Fields[] {
    return this.#array(name).map((value, i) => new Fields(value, this.#place(`${name}[${i}]`)));
  }

  integers(name: string, min: number, max: number): number[] {
    return this.#array(name).map((value, i) => this.#parseInteger(value, `${name}[${i}]`, min, max));
  }

  #array(name: string): unknown[] {
    const value = this.#values[name];
    if (!Array.isArray(value)) throw this.#fault(name, 'a list is needed');
    return value;
  }

  #parseInteger(value: unknown, name: string, min: number, max: number): number {
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
      throw this.#fault(name, `a whole number from ${min} to ${max} is needed`);
    }
    return value as number;
  }

  #parseHex(value: unknown, name: string, length: number): Uint8Array {
    if (typeof value !== 'string' || value.length !== 2 * length || !/^[0-9a-f]*$/.test(value)) {
      throw this.#fault(name, `${length} bytes in lower-case hex are needed`);
    }
    return fromHex(value);
  }

  #parseUrl(value: unknown, name: string): string {
    if (typeof value !== 'string' || !/^https?:\/\/[^/]/.test(value) || !URL.canParse(value)) {
      throw this.#fault(name, 'an http or https address is needed');
    }
    return value.replace(/\/+$/, '');
  }

  #place(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }

  #fault(name: string, wanted: string): ConfigError {
    return new ConfigError(this.#place(name), wanted);
  }
}
