import type { Rule } from "./rules.ts";

/** Sources that break a rule, and sources near them that do not. */
export interface Samples {
  readonly bad: readonly (readonly [path: string, source: string])[];
  readonly good: readonly (readonly [path: string, source: string])[];
}

/** At least one of each kind for each rule. */
export const SAMPLES: Record<Rule, Samples> = {
  "layers": {
    bad: [
      ["lib/bytes/a.ts", `import { decode } from "../bencode/mod.ts";`],
      ["lib/bencode/a.ts", `import { FrameDecoder } from "../framing/mod.ts";`],
      ["lib/framing/a.ts", `export * from "../bencode/mod.ts";`],
      ["lib/metainfo/a.ts", `import type { Clock } from "../net/mod.ts";`],
      ["lib/net/a.ts", `import { PieceLayout } from "../metainfo/mod.ts";`],
      ["lib/storage/a.ts", `import { Torrent } from "../peer/mod.ts";`],
      ["lib/tracker/server/a.ts", `import { PeerNode } from "../../peer/mod.ts";`],
      ["lib/peer/a.ts", `import type { Client } from "../tracker/mod.ts";`],
      ["lib/peer/a.ts", `export type { Client } from "../tracker/mod.ts";`],
      ["lib/peer/a.ts", `const client = await import("../tracker/mod.ts");`],
      ["lib/peer/a.ts", `type Client = import("../tracker/mod.ts").Client;`],
      ["lib/peer/a.ts", `const client = await import(name);`],
      ["lib/peer/a.ts", `import "../cli/mod.ts";`],
      ["lib/peer/a.ts", `import * as all from "../../mod.ts";`],
      ["lib/cli/a.ts", `import * as all from "../../mod.ts";`],
      ["lib/cli/a.ts", `import { run } from "../../main.ts";`],
      ["lib/cli/a.ts", `import { seededRandom } from "../../tests/bytes/seeded_random.ts";`],
      ["lib/peer/a.ts", `import { Bitfield } from "../bytes/bitfield.ts";`],
      ["lib/peer/a.ts", `import { x } from "../extras/mod.ts";`],
      ["lib/extras/a.ts", `import { x } from "../bytes/mod.ts";`],
      ["lib/peer/a.ts", `import { x } from "npm:left-pad@1.0.0";`],
      ["lib/peer/a.ts", `import { x } from "https://example.com/mod.ts";`],
      ["lib/peer/wire/a.ts", `import { Session } from "../session.ts";`],
      ["lib/peer/policy/a.ts", `import { systemClock } from "../../net/mod.ts";`],
      ["lib/peer/policy/a.ts", `import { isLoopback, Backoff } from "../../net/mod.ts";`],
      ["lib/peer/policy/a.ts", `import * as net from "../../net/mod.ts";`],
      ["lib/peer/policy/a.ts", `import "../../net/mod.ts";`],
      ["lib/peer/policy/a.ts", `import { isLoopback } from "../../storage/mod.ts";`],
      ["lib/peer/policy/a.ts", `import { LIMIT } from "../node.ts";`],
      ["lib/tracker/limits.ts", `import { open } from "./server/mod.ts";`],
      ["lib/metainfo/a.ts", `import { createHash } from "node:crypto";`],
      ["main.ts", `import { Bitfield } from "./lib/bytes/mod.ts";`],
      ["main.ts", `export * from "./mod.ts";`],
      ["lib/peer/a.ts", `import project from "../../deno.json" with { type: "json" };`],
      ["mod.ts", `export * from "./lib/cli/mod.ts";`],
    ],
    good: [
      [
        "lib/bytes/a.ts",
        `import { encodeHex } from "./hex.ts"; import x from "@std/encoding/hex";`,
      ],
      ["lib/framing/a.ts", `import { ByteQueue } from "../bytes/mod.ts";`],
      ["lib/metainfo/a.ts", `import { decode } from "../bencode/mod.ts";`],
      ["lib/storage/a.ts", `import { PieceLayout } from "../metainfo/mod.ts";`],
      ["lib/storage/a.ts", `import { createHash } from "node:crypto";`],
      ["lib/peer/policy/a.ts", `import { encode } from "../wire/encode.ts";`],
      ["lib/peer/policy/a.ts", `import type { Clock } from "../../net/mod.ts";`],
      ["lib/peer/policy/a.ts", `import { type Clock, isLoopback } from "../../net/mod.ts";`],
      ["lib/peer/policy/a.ts", `import { type Clock, type Transport } from "../../net/mod.ts";`],
      ["lib/peer/policy/a.ts", `import { MAX_REQUESTS } from "../limits.ts";`],
      ["lib/peer/session.ts", `import { encode } from "./wire/mod.ts";`],
      ["lib/cli/version.ts", `import project from "../../deno.json" with { type: "json" };`],
      [
        "lib/cli/a.ts",
        `import * as peer from "../peer/mod.ts"; import { t } from "../tracker/mod.ts";`,
      ],
      ["main.ts", `import { run } from "./lib/cli/mod.ts";`],
      ["mod.ts", `export * as tracker from "./lib/tracker/mod.ts";`],
      ["lib/peer/a.ts", `// import { Client } from "../tracker/mod.ts";`],
      ["lib/peer/a.ts", `const text = 'import x from "../tracker/mod.ts"';`],
    ],
  },
  "pure": {
    bad: [
      ["lib/bytes/a.ts", `Deno.readFileSync("x");`],
      ["lib/bencode/a.ts", `const started = Date.now();`],
      ["lib/framing/a.ts", `const started = performance.now();`],
      ["lib/metainfo/a.ts", `const created = new Date();`],
      ["lib/tracker/protocol/a.ts", `const id = Math.random();`],
      ["lib/tracker/swarm/a.ts", `setTimeout(() => {}, 1);`],
      ["lib/tracker/swarm/deeper/a.ts", `const timer = { setInterval };`],
      ["lib/peer/wire/a.ts", `crypto.getRandomValues(new Uint8Array(1));`],
      ["lib/peer/policy/a.ts", `const id = crypto.randomUUID();`],
      ["lib/peer/policy/a.ts", `let connection: Deno.Conn;`],
      ["lib/peer/policy/a.ts", "const text = `${Deno.pid}`;"],
      ["lib/peer/policy/a.ts", `globalThis.Deno;`],
      ["lib/peer/policy/a.ts", `const { now } = performance;`],
    ],
    good: [
      ["lib/bytes/a.ts", `/** Not Deno.pid, nor Date.now(). */ const text = "Deno.pid";`],
      ["lib/bytes/a.ts", `const options = { Deno: 1, performance: 2 }; options.performance;`],
      ["lib/bytes/a.ts", `interface Runtime { Deno: string; setTimeout(): void }`],
      ["lib/metainfo/a.ts", `const created = new Date(seconds * 1000);`],
      ["lib/metainfo/a.ts", `const digest = await crypto.subtle.digest("SHA-1", bytes);`],
      ["lib/peer/policy/a.ts", `const top = Math.max(1, random());`],
      [
        "lib/peer/session.ts",
        `const now = performance.now(); setTimeout(() => {}, Math.random());`,
      ],
      ["lib/net/a.ts", `Deno.listen({ port: Date.now() });`],
    ],
  },
  "file-name": {
    bad: [
      ["lib/peer/utils.ts", ""],
      ["lib/peer/util.ts", ""],
      ["lib/peer/helpers.ts", ""],
      ["lib/peer/types.ts", ""],
      ["lib/helpers/a.ts", ""],
      ["lib/peer/pieceStates.ts", ""],
      ["lib/peer/piece-states.ts", ""],
      ["lib/peer/index.ts", ""],
    ],
    good: [
      ["lib/peer/piece_states.ts", ""],
      ["lib/peer/_private.ts", ""],
      ["lib/bytes/utf8.ts", ""],
      ["lib/bencode/value_types.ts", ""],
      ["mod.ts", ""],
    ],
  },
  "file-length": {
    bad: [["lib/peer/a.ts", "// line\n".repeat(301)], ["mod.ts", "\n".repeat(300) + "// line"]],
    good: [["lib/peer/a.ts", "// line\n".repeat(300)], ["main.ts", "\n".repeat(299) + "// line"]],
  },
  "mod-re-exports": {
    bad: [
      ["lib/peer/mod.ts", `export const limit = 1;`],
      ["lib/peer/mod.ts", `export function open(): void {}`],
      ["lib/peer/mod.ts", `import { open } from "./open.ts"; export { open };`],
      ["lib/peer/wire/mod.ts", `console.log("loaded");`],
      ["mod.ts", `export * from "./lib/bytes/mod.ts"; export default 1;`],
      ["mod.ts", `export interface Options {}`],
    ],
    good: [
      ["lib/peer/mod.ts", `/** Doc. @module */ export * from "./a.ts";`],
      ["lib/peer/mod.ts", `export { a, type B } from "./a.ts"; export type { C } from "./c.ts";`],
      ["mod.ts", `export * as peer from "./lib/peer/mod.ts";`],
      ["lib/peer/a.ts", `export const limit = 1;`],
    ],
  },
  "console": {
    bad: [
      ["lib/peer/a.ts", `console.log(1);`],
      ["lib/tracker/a.ts", `const { log } = console;`],
      ["mod.ts", `console.error("x");`],
    ],
    good: [
      ["lib/cli/a.ts", `console.log(1);`],
      ["main.ts", `console.error(1);`],
      ["lib/peer/a.ts", `// console.log(1)\nsettings.console = "console";`],
    ],
  },
  "class-fields": {
    bad: [
      ["lib/peer/a.ts", `class A { ${"#a;b;c;d;e;f;g;h;i;j;k;l;m;".replaceAll(";", " = 1;")} }`],
      ["lib/peer/a.ts", `class A { a;b;c;d;e;f;g;h;i;j;k;l; constructor(readonly m: number) {} }`],
      ["lib/peer/a.ts", `const A = class { a;b;c;d;e;f;g;h;i;j;k;l; accessor m = 1; };`],
    ],
    good: [
      ["lib/peer/a.ts", `class A { #a;b;c;d;e;f;g;h;i;j;k;l; m() {} get n() { return 1; } }`],
      ["lib/peer/a.ts", `class A { a;b;c;d;e;f; static g = 1; } class B { h;i;j;k;l;m; }`],
      ["lib/peer/a.ts", `interface A { a;b;c;d;e;f;g;h;i;j;k;l;m; }`],
    ],
  },
  "parameters": {
    bad: [
      ["lib/peer/a.ts", `function f(a: 1, b: 2, c: 3, d: 4, e: 5): void {}`],
      ["lib/peer/a.ts", `class A { constructor(a: 1, b: 2, c: 3, d: 4, readonly e: 5) {} }`],
      ["lib/peer/a.ts", `const f = (a: 1, b: 2, c: 3, d: 4, e: 5): void => {};`],
      ["lib/peer/a.ts", `function f(force: boolean): void {}`],
      ["lib/peer/a.ts", `class A { open(force = false): void {} }`],
      ["lib/peer/a.ts", `class A { constructor(readonly force: boolean) {} }`],
    ],
    good: [
      ["lib/peer/a.ts", `function f(a: 1, b: 2, c: 3, d: 4): boolean { return true; }`],
      ["lib/peer/a.ts", `function f(options: { force: boolean }): void {}`],
      ["lib/peer/a.ts", `function f(count = 1, ...rest: boolean[]): void {}`],
    ],
  },
  "top-level-functions": {
    bad: [
      ["lib/peer/a.ts", `const f = (): number => 1;`],
      ["lib/peer/a.ts", `export const f = function (): number { return 1; };`],
    ],
    good: [
      ["lib/peer/a.ts", `export function f(): () => number { const g = () => 1; return g; }`],
      ["lib/peer/a.ts", `const table = [1].map((value) => value); const o = { now: () => 1 };`],
    ],
  },
  "private-fields": {
    bad: [
      ["lib/peer/a.ts", `class A { private a = 1; }`],
      ["lib/peer/a.ts", `class A { private a(): void {} }`],
      ["lib/peer/a.ts", `class A { constructor(private readonly a: number) {} }`],
    ],
    good: [[
      "lib/peer/a.ts",
      `class A { #a = 1; private constructor() {} protected c(): void {} }`,
    ]],
  },
};
