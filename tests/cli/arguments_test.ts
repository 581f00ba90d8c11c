import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Arguments } from "../../lib/cli/arguments.ts";
import { UsageError } from "../../lib/cli/cli_error.ts";
import { COMMON_FLAGS, type Flag } from "../../lib/cli/flags.ts";

const FLAGS: readonly Flag[] = [
  ...COMMON_FLAGS,
  { name: "port", kind: "port", value: "N", summary: "" },
  { name: "limit", kind: "count", value: "N", summary: "" },
  { name: "up", kind: "bytes", value: "RATE", summary: "" },
  { name: "timeout", kind: "duration", value: "TIME", summary: "" },
  { name: "peer", kind: "address", value: "ADDR", summary: "", repeatable: true },
  { name: "token", kind: "text", value: "TOKEN", summary: "" },
  { name: "stay", kind: "switch", summary: "" },
];

function parse(...words: string[]): Arguments {
  return new Arguments(words, FLAGS);
}

function messageOf(...words: string[]): string {
  const error = assertThrows(() => parse(...words), UsageError);
  assertEquals(error.exitCode, 28);
  return error.message;
}

Deno.test({
  name: "arguments: operands stay texts, whatever they look like",
  permissions: "none",
  fn() {
    const { operands } = parse("0123", "--stay", "1e3", "0x10", "true", "-", "", "name=x");
    assertEquals(operands, ["0123", "1e3", "0x10", "true", "-", "", "name=x"]);
  },
});

Deno.test({
  name: "arguments: after -- everything is an operand",
  permissions: "none",
  fn() {
    const args = parse("a", "--", "--stay", "-q", "--", "007");
    assertEquals(args.operands, ["a", "--stay", "-q", "--", "007"]);
    assertEquals([args.has("stay"), args.has("quiet")], [false, false]);
  },
});

Deno.test({
  name: "arguments: values come with = or as the next word, switches take none",
  permissions: "none",
  fn() {
    const args = parse(
      "--port=0",
      "--stay",
      "film",
      "--up",
      "5M",
      "--timeout",
      "2m",
      "--limit",
      "9",
    );
    assertEquals([args.port("port"), args.bytes("up")], [0, 5_242_880]);
    assertEquals([args.durationMs("timeout"), args.count("limit")], [120_000, 9]);
    assertEquals([args.has("stay"), args.operands], [true, ["film"]]);
    assertEquals([args.text("token"), args.port("nothing")], [undefined, undefined]);
    assertEquals(parse("--token", "1e3").text("token"), "1e3");
    assertEquals(parse("--token=a=b").text("token"), "a=b");
  },
});

Deno.test({
  name: "arguments: -h, -q and -v are short for help, quiet and verbose, together, too",
  permissions: "none",
  fn() {
    const args = parse("-qv", "-h");
    for (const name of ["help", "quiet", "verbose"]) assert(args.has(name), name);
    assert(!parse("film").has("help"));
  },
});

Deno.test({
  name: "arguments: addresses are read, also those of IPv6, and can be repeated",
  permissions: "none",
  fn() {
    assertEquals(parse("--peer", "a.example:1", "--peer=[::1]:65535").addresses("peer"), [
      { host: "a.example", port: 1 },
      { host: "::1", port: 65535 },
    ]);
  },
});

Deno.test({
  name: "arguments: a flag that does not exist is named",
  permissions: "none",
  fn() {
    for (const word of ["--nonsense", "--nonsense=5", "-x", "--por", "--no-stay"]) {
      assertStringIncludes(messageOf(word), word.replace("=5", ""));
      assertStringIncludes(messageOf("film", word, "more"), "there is no such flag");
    }
  },
});

Deno.test({
  name: "arguments: a flag without its value, or given twice, is refused",
  permissions: "none",
  fn() {
    for (const words of [["--port"], ["--port="], ["--token", "--stay"], ["--peer"]]) {
      assertStringIncludes(messageOf(...words), "it needs a value");
    }
    assertEquals(
      messageOf("--port", "1", "--port", "2"),
      "Cannot use --port twice: it takes one value",
    );
  },
});

Deno.test({
  name: "arguments: wrong values are refused when they are read, with what they must be",
  permissions: "none",
  fn() {
    for (const port of ["65536", "-1", "1.5", "x", "0x10", "1e3", " 1"]) {
      assertStringIncludes(messageOf(`--port=${port}`), "it must be a number from 0 to 65535");
    }
    for (const count of ["-1", "9007199254740992", "many"]) {
      assertStringIncludes(messageOf(`--limit=${count}`), "it must be a number from 0 to");
    }
    assertStringIncludes(messageOf("--up", "fast"), '--up "fast"');
    assertStringIncludes(messageOf("--timeout", "soon"), '--timeout "soon"');
    for (const address of ["nowhere", "a:0", "a:65536", ":1", "a:b", "::1:5"]) {
      assertStringIncludes(messageOf("--peer", address), "it must be HOST:PORT");
    }
  },
});
