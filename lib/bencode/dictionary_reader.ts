import type { BencodeDictionary, BencodeValue } from "./value.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A decoded value has not the shape that its reader needs. */
export class BencodeShapeError extends TypeError {
  /** The name of the class, for messages. */
  override name = "BencodeShapeError";

  /** Makes the error of what is wrong with a key of something that was read. */
  constructor(
    /** What was read, as its reader was told. */
    readonly what: string,
    /** The key at fault; empty if the value is no dictionary at all. */
    readonly key: string,
    /** What is wrong, in a clause that names the key. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot read ${what}: ${reason}`, options);
  }
}

/** What {@linkcode DictionaryReader.bytes} accepts. */
export interface BytesOptions {
  /** The only length accepted. */
  readonly length?: number;
  /** The longest length accepted. */
  readonly maxLength?: number;
}

/** What {@linkcode DictionaryReader.text} accepts. */
export interface TextOptions {
  /** The longest text accepted, in bytes of UTF-8. */
  readonly maxBytes?: number;
}

/** What {@linkcode DictionaryReader.integer} accepts; any safe integer unless told otherwise. */
export interface IntegerOptions {
  /** The least value accepted. */
  readonly min?: number;
  /** The greatest value accepted. */
  readonly max?: number;
}

/**
 * Reads the members of a dictionary that a stranger sent: each has the asked type and range, or the
 * error names its key. A member that is absent is an error too; the `optional` methods give
 * `undefined` for it instead.
 *
 * @example
 * ```ts
 * import { decode, DictionaryReader } from "./mod.ts";
 *
 * const bytes = new TextEncoder().encode("d4:name3:mv14:porti6881ee");
 * const peer = new DictionaryReader(decode(bytes), "peer");
 * const port = peer.integer("port", { min: 1, max: 65535 });
 * if (port !== 6881 || peer.text("name") !== "mv1") throw new Error("not that peer");
 * ```
 */
export class DictionaryReader {
  readonly #members: BencodeDictionary;
  readonly #what: string;

  /**
   * Makes a reader of a decoded value, called `what` in errors.
   *
   * @throws {BencodeShapeError} if the value is not a dictionary
   */
  constructor(value: BencodeValue, what: string) {
    if (!(value instanceof Map)) {
      throw new BencodeShapeError(what, "", `it is ${kindOf(value)}, must be a dictionary`);
    }
    this.#members = value;
    this.#what = what;
  }

  /** Whether there is such a key. */
  has(key: string): boolean {
    return this.#members.has(key);
  }

  /** A byte string, as a view of the decoded input. */
  bytes(key: string, options: BytesOptions = {}): Uint8Array {
    return this.optionalBytes(key, options) ?? this.#missing(key);
  }

  /** A byte string that is strict UTF-8, as text. */
  text(key: string, options: TextOptions = {}): string {
    return this.optionalText(key, options) ?? this.#missing(key);
  }

  /** A safe integer. */
  integer(key: string, options: IntegerOptions = {}): number {
    return this.optionalInteger(key, options) ?? this.#missing(key);
  }

  /** A list, of whatever values. */
  list(key: string): BencodeValue[] {
    return this.optionalList(key) ?? this.#missing(key);
  }

  /** A reader of a dictionary inside this one. */
  dictionary(key: string): DictionaryReader {
    return this.optionalDictionary(key) ?? this.#missing(key);
  }

  /** As {@linkcode bytes}, `undefined` if the key is absent. */
  optionalBytes(key: string, options: BytesOptions = {}): Uint8Array | undefined {
    const value = this.#members.get(key);
    if (value === undefined) return undefined;
    if (!(value instanceof Uint8Array)) {
      this.#fail(key, `is ${kindOf(value)}, must be a byte string`);
    }
    const { length, maxLength = Infinity } = options;
    if (length !== undefined && value.length !== length) {
      this.#fail(key, `has ${value.length} bytes, must have ${length}`);
    }
    if (value.length > maxLength) {
      this.#fail(key, `has ${value.length} bytes, must have at most ${maxLength}`);
    }
    return value;
  }

  /** As {@linkcode text}, `undefined` if the key is absent. */
  optionalText(key: string, options: TextOptions = {}): string | undefined {
    const bytes = this.optionalBytes(key, { maxLength: options.maxBytes ?? Infinity });
    return bytes && this.#decodeText(key, bytes);
  }

  /** As {@linkcode integer}, `undefined` if the key is absent. */
  optionalInteger(key: string, options: IntegerOptions = {}): number | undefined {
    const value = this.#members.get(key);
    if (value === undefined) return undefined;
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
    if (typeof value !== "number" && typeof value !== "bigint") {
      this.#fail(key, `is ${kindOf(value)}, must be an integer`);
    }
    if (value < min) this.#fail(key, `is ${value}, must be at least ${min}`);
    if (value > max) this.#fail(key, `is ${value}, must be at most ${max}`);
    return Number(value);
  }

  /** As {@linkcode list}, `undefined` if the key is absent. */
  optionalList(key: string): BencodeValue[] | undefined {
    const value = this.#members.get(key);
    if (value === undefined || Array.isArray(value)) return value;
    this.#fail(key, `is ${kindOf(value)}, must be a list`);
  }

  /** As {@linkcode dictionary}, `undefined` if the key is absent. */
  optionalDictionary(key: string): DictionaryReader | undefined {
    const value = this.#members.get(key);
    if (value === undefined) return undefined;
    if (!(value instanceof Map)) this.#fail(key, `is ${kindOf(value)}, must be a dictionary`);
    return new DictionaryReader(value, `${key} of ${this.#what}`);
  }

  /** A list of byte strings that are strict UTF-8, as texts. */
  texts(key: string): string[] {
    return this.list(key).map((item) => {
      if (item instanceof Uint8Array) return this.#decodeText(key, item);
      this.#fail(key, `holds ${kindOf(item)}, must hold byte strings`);
    });
  }

  /** Readers of a list of dictionaries. */
  dictionaries(key: string): DictionaryReader[] {
    return this.list(key).map((item, index) => {
      if (item instanceof Map) {
        return new DictionaryReader(item, `${key} ${index} of ${this.#what}`);
      }
      this.#fail(key, `holds ${kindOf(item)}, must hold dictionaries`);
    });
  }

  #decodeText(key: string, bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      this.#fail(key, "is not UTF-8", { cause });
    }
  }

  #missing(key: string): never {
    this.#fail(key, "is missing");
  }

  #fail(key: string, problem: string, options?: ErrorOptions): never {
    throw new BencodeShapeError(this.#what, key, `${key} ${problem}`, options);
  }
}

function kindOf(value: BencodeValue): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a dictionary";
  return value instanceof Uint8Array ? "a byte string" : "an integer";
}
