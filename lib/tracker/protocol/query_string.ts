import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { MAX_PARAMETERS, MAX_QUERY_LENGTH } from "../limits.ts";

const PERCENT = 0x25;
const PLUS = 0x2b;

/**
 * The parameters of a URL's query, whose values are bytes: info-hashes are no text (BEP 3). A
 * parameter without a name is passed over, one without a value has an empty one.
 */
export class QueryString {
  readonly #values = new Map<string, string[]>();

  /**
   * Takes a query apart, without the question mark.
   *
   * @throws {TrackerRefusedError} if it is too long
   */
  constructor(text: string) {
    if (text.length > MAX_QUERY_LENGTH) {
      throw malformed(`the query has ${text.length} characters, at most ${MAX_QUERY_LENGTH}`);
    }
    const parameters = text.split("&", MAX_PARAMETERS + 1);
    if (parameters.length > MAX_PARAMETERS) {
      throw malformed(`the query has more than ${MAX_PARAMETERS} parameters`);
    }
    for (const parameter of parameters) {
      const end = parameter.indexOf("=");
      const name = end < 0 ? parameter : parameter.slice(0, end);
      if (name === "") continue;
      const value = end < 0 ? "" : parameter.slice(end + 1);
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  /** How often a parameter is there. */
  count(name: string): number {
    return this.#values.get(name)?.length ?? 0;
  }

  /**
   * Every value of a parameter, as bytes.
   *
   * @throws {TrackerRefusedError} if a percent sign is not followed by two hexadecimal digits
   */
  allBytes(name: string): Uint8Array<ArrayBuffer>[] {
    return (this.#values.get(name) ?? []).map((value) => decodePercent(value, name));
  }

  /**
   * The value of a parameter that is there at most once, as text of ASCII characters.
   *
   * @throws {TrackerRefusedError} if it is there more often, or is something else
   */
  text(name: string): string | undefined {
    const values = this.#values.get(name);
    if (values === undefined) return undefined;
    if (values.length > 1) throw malformed(`${name} is there ${values.length} times, not once`);
    const [value = ""] = values;
    // Numbers and words, which nearly all are, need no decoding.
    if (/^[\w.:-]*$/.test(value)) return value;
    const bytes = decodePercent(value, name);
    if (bytes.some((byte) => byte > 0x7e || byte < 0x20)) throw malformed(`${name} is no text`);
    return String.fromCharCode(...bytes);
  }

  /**
   * The value of a parameter as a whole number; `undefined` if it is not there.
   *
   * @throws {TrackerRefusedError} if it is none, or not in the range
   */
  integer(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^-?\d{1,20}$/.test(text) || value < min || value > max) {
      throw malformed(`${name} is ${text.slice(0, 40)}, must be a number from ${min} to ${max}`);
    }
    return value;
  }
}

function decodePercent(text: string, name: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === PERCENT) {
      const value = hexOf(text.charCodeAt(at + 1)) * 16 + hexOf(text.charCodeAt(at + 2));
      if (!(value >= 0)) throw malformed(`${name} has a broken percent sign`);
      bytes[length++] = value;
      at += 2;
    } else if (code > 0xff) throw malformed(`${name} has a character that is no byte`);
    else bytes[length++] = code === PLUS ? 0x20 : code;
  }
  return bytes.subarray(0, length);
}

/** The value of a hexadecimal digit; `NaN` if it is none. */
function hexOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN;
}

function malformed(problem: string): TrackerRefusedError {
  return new TrackerRefusedError(REFUSAL.malformed, `Cannot read request: ${problem}`);
}
