import { assertEquals, assertThrows } from "@std/assert";
import { Arguments } from "../../lib/cli/arguments.ts";
import { UsageError } from "../../lib/cli/cli_error.ts";
import { COMMON_FLAGS } from "../../lib/cli/flags.ts";
import {
  formatLogLine,
  isLogged,
  LOG_LEVELS,
  type LogOptions,
  readLogOptions,
} from "../../lib/cli/log_line.ts";
import { SERVE_FLAGS } from "../../lib/cli/serve_flags.ts";

const AT = new Date("2026-02-03T04:05:06.789Z");

function options(...words: string[]): LogOptions {
  return readLogOptions(new Arguments(words, [...COMMON_FLAGS, ...SERVE_FLAGS]));
}

Deno.test("a line of the log is one object with time, level, type, words and the fields of the report", () => {
  const report = { type: "refused", peer: "192.0.2.1:7", code: 401, text: "a\nb\u2028c" };
  const line = formatLogLine("warn", report, "192.0.2.1:7 refused: a b", AT);
  assertEquals(line.includes("\n"), false);
  assertEquals(JSON.parse(line), {
    ...{ time: "2026-02-03T04:05:06.789Z", level: "warn", type: "refused" },
    ...{ message: "192.0.2.1:7 refused: a b", peer: "192.0.2.1:7", code: 401, text: "a\nb\u2028c" },
  });
  const own = formatLogLine("error", { type: "error", code: 1, message: "No" }, "sluice: No", AT);
  assertEquals(JSON.parse(own).message, "No");
});

Deno.test("no field of a report passes for the time or the level of the log", () => {
  const report = { type: "error", time: "yesterday", level: "debug", code: 1 };
  const line = formatLogLine("error", report, "No", AT);
  assertEquals(Object.keys(JSON.parse(line)), ["time", "level", "type", "message", "code"]);
  assertEquals([JSON.parse(line).time, JSON.parse(line).level], [AT.toISOString(), "error"]);
});

Deno.test("a log tells of its level and of what is graver, and of nothing else", () => {
  for (const [at, level] of LOG_LEVELS.entries()) {
    const told = LOG_LEVELS.filter((each) => isLogged(each, { format: "text", level }));
    assertEquals(told, LOG_LEVELS.slice(0, at + 1));
  }
});

Deno.test("the level of the log is the one that is named, or else that of --quiet and --verbose", () => {
  assertEquals(options(), { format: "text", level: "info" });
  assertEquals(options("--quiet").level, "error");
  assertEquals(options("--verbose").level, "debug");
  assertEquals(options("--quiet", "--log-level", "warn").level, "warn");
  assertEquals(options("--log-format", "json").format, "json");
  assertThrows(
    () => options("--log-level", "loud"),
    UsageError,
    'Cannot use --log-level "loud": it must be error, warn, info or debug',
  );
  assertThrows(() => options("--log-format", "xml"), UsageError, "it must be text or json");
});
