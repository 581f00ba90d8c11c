/**
 * Types of the parts of the standard library that Sluice uses. The import map points `@std/*` at an
 * npm build of the library that ships no declarations; these state the same signatures.
 */

declare module "@std/assert" {
  export class AssertionError extends Error {}
  export function assert(expr: unknown, msg?: string): asserts expr;
  export function assertFalse(expr: unknown, msg?: string): void;
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): void;
  export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
  export function assertInstanceOf<T>(
    actual: unknown,
    // deno-lint-ignore no-explicit-any
    expectedType: abstract new (...args: any[]) => T,
    msg?: string,
  ): asserts actual is T;
  export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
  export function assertArrayIncludes<T>(
    actual: ArrayLike<T>,
    expected: ArrayLike<T>,
    msg?: string,
  ): void;
  export function assertObjectMatch(
    actual: Record<PropertyKey, unknown>,
    expected: Record<PropertyKey, unknown>,
    msg?: string,
  ): void;
  export function assertGreater<T>(actual: T, expected: T, msg?: string): void;
  export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;
  export function assertLess<T>(actual: T, expected: T, msg?: string): void;
  export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;
  export function assertAlmostEquals(
    actual: number,
    expected: number,
    tolerance?: number,
    msg?: string,
  ): void;
  export function assertThrows(fn: () => unknown, msg?: string): unknown;
  export function assertThrows<E extends Error>(
    fn: () => unknown,
    // deno-lint-ignore no-explicit-any
    ErrorClass: abstract new (...args: any[]) => E,
    msgIncludes?: string,
    msg?: string,
  ): E;
  export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
  export function assertRejects<E extends Error>(
    fn: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any
    ErrorClass: abstract new (...args: any[]) => E,
    msgIncludes?: string,
    msg?: string,
  ): Promise<E>;
  export function fail(msg?: string): never;
  export function unreachable(): never;
}

declare module "@std/cli/parse-args" {
  export interface ParseOptions {
    "--"?: boolean;
    alias?: Record<string, string | readonly string[]>;
    boolean?: boolean | string | readonly string[];
    collect?: string | readonly string[];
    default?: Record<string, unknown>;
    negatable?: string | readonly string[];
    stopEarly?: boolean;
    string?: string | readonly string[];
    unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  export interface Args {
    [key: string]: unknown;
    _: (string | number)[];
    "--"?: string[];
  }
  export function parseArgs(args: readonly string[], options?: ParseOptions): Args;
}

declare module "@std/encoding/hex" {
  export function encodeHex(src: string | Uint8Array | ArrayBuffer): string;
  export function decodeHex(src: string): Uint8Array<ArrayBuffer>;
}

declare module "@std/path" {
  export const SEPARATOR: "/" | "\\";
  export function basename(path: string, suffix?: string): string;
  export function dirname(path: string): string;
  export function extname(path: string): string;
  export function fromFileUrl(url: string | URL): string;
  export function toFileUrl(path: string): URL;
  export function globToRegExp(
    glob: string,
    options?: { extended?: boolean; globstar?: boolean; caseInsensitive?: boolean },
  ): RegExp;
  export function isAbsolute(path: string): boolean;
  export function join(...paths: string[]): string;
  export function normalize(path: string): string;
  export function relative(from: string, to: string): string;
  export function resolve(...paths: string[]): string;
}

declare module "@std/path/posix/basename" {
  export function basename(path: string, suffix?: string): string;
}

declare module "@std/path/posix/dirname" {
  export function dirname(path: string): string;
}

declare module "@std/path/posix/from-file-url" {
  export function fromFileUrl(url: string | URL): string;
}

declare module "@std/path/posix/is-absolute" {
  export function isAbsolute(path: string): boolean;
}

declare module "@std/path/posix/join" {
  export function join(...paths: string[]): string;
}

declare module "@std/path/posix/resolve" {
  export function resolve(...paths: string[]): string;
}

declare module "@std/path/windows/basename" {
  export function basename(path: string, suffix?: string): string;
}

declare module "@std/path/windows/dirname" {
  export function dirname(path: string): string;
}

declare module "@std/path/windows/from-file-url" {
  export function fromFileUrl(url: string | URL): string;
}

declare module "@std/path/windows/is-absolute" {
  export function isAbsolute(path: string): boolean;
}

declare module "@std/path/windows/join" {
  export function join(...paths: string[]): string;
}

declare module "@std/path/windows/resolve" {
  export function resolve(...paths: string[]): string;
}

declare module "@std/streams/text-line-stream" {
  export class TextLineStream extends TransformStream<string, string> {
    constructor(options?: { allowCR?: boolean });
  }
}

declare module "@std/streams/to-bytes" {
  export function toBytes(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>>;
}

declare module "@std/streams/to-text" {
  export function toText(stream: ReadableStream): Promise<string>;
}

declare module "string-width" {
  export default function stringWidth(text: string): number;
}

declare module "dns-packet" {
  interface RecordOf<Type extends string, Data> {
    readonly type: Type;
    readonly name: string;
    readonly ttl?: number;
    readonly flush?: boolean;
    readonly data: Data;
  }
  export type DnsRecord =
    | RecordOf<"A" | "PTR", string>
    | RecordOf<"SRV", { readonly port: number; readonly target: string }>
    | RecordOf<"TXT", string | Uint8Array | readonly (string | Uint8Array)[]>;
  export interface DnsPacket {
    readonly type: "query" | "response";
    readonly flags?: number;
    readonly questions?: readonly { readonly type: string; readonly name: string }[];
    readonly answers?: readonly DnsRecord[];
    readonly additionals?: readonly DnsRecord[];
  }
  const packet: {
    readonly AUTHORITATIVE_ANSWER: number;
    encode(packet: DnsPacket): Uint8Array;
    decode(bytes: Uint8Array): DnsPacket;
  };
  export default packet;
}
