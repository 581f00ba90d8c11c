import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/cli/cli_error.ts";
import {
  formatBytes,
  formatDuration,
  formatRate,
  parseBytes,
  parseDuration,
} from "../../lib/cli/units.ts";

Deno.test({
  name: "units: sizes are read with units that are powers of 1024, in any case",
  permissions: "none",
  fn() {
    const sizes: Record<string, number> = {
      "0": 0,
      "7": 7,
      "7B": 7,
      "512K": 524_288,
      "512k": 524_288,
      "512KB": 524_288,
      "512KiB": 524_288,
      "5 M": 5_242_880,
      "1.5G": 1_610_612_736,
      "2TiB": 2_199_023_255_552,
      "0.5K": 512,
    };
    for (const [text, bytes] of Object.entries(sizes)) {
      assertEquals(parseBytes(text, "--up"), bytes, text);
    }
  },
});

Deno.test({
  name: "units: what is no size is refused with the flag and a right example",
  permissions: "none",
  fn() {
    const texts = ["", "K", "-1", "+1", "1e3", "0x10", "1,5M", "1.M", ".5M", "5P", "5MM", "1 2"];
    for (const text of [...texts, " 5", "Infinity", "NaN", "9".repeat(17), "9000000T"]) {
      const error = assertThrows(() => parseBytes(text, "--up"), UsageError);
      assertStringIncludes(error.message, `Cannot read --up "${text}": it must be a size such as`);
      assertEquals(error.exitCode, 28);
    }
  },
});

Deno.test({
  name: "units: times are read in milliseconds, and a bare number means seconds",
  permissions: "none",
  fn() {
    const times: Record<string, number> = {
      "0": 0,
      "60": 60_000,
      "60s": 60_000,
      "250ms": 250,
      "1.5 m": 90_000,
      "2h": 7_200_000,
    };
    for (const [text, ms] of Object.entries(times)) {
      assertEquals(parseDuration(text, "--timeout"), ms, text);
    }
    for (const text of ["", "s", "-1", "1e3", "1d", "1 min", "5S", "9".repeat(400)]) {
      const error = assertThrows(() => parseDuration(text, "--timeout"), UsageError);
      assertStringIncludes(error.message, `Cannot read --timeout "${text}": it must be a time`);
    }
  },
});

Deno.test({
  name: "units: a size is written with at most three digits, or with all below a thousand bytes",
  permissions: "none",
  fn() {
    const sizes: readonly [number, string][] = [
      [0, "0 B"],
      [1, "1 B"],
      [999, "999 B"],
      [1000, "0.98 KiB"],
      [1024, "1.00 KiB"],
      [10_240, "10.0 KiB"],
      [524_288, "512 KiB"],
      [1_023_999, "0.98 MiB"],
      [2_826_135, "2.70 MiB"],
      [2 ** 30, "1.00 GiB"],
      [2 ** 40, "1.00 TiB"],
      [2 ** 52, "4096 TiB"],
    ];
    for (const [bytes, text] of sizes) assertEquals(formatBytes(bytes), text);
    for (let bytes = 1; bytes < 2 ** 49; bytes = Math.ceil(bytes * 1.003)) {
      const text = formatBytes(bytes);
      assert(/^(?:\d{1,3}|\d\.\d\d|\d\d\.\d) (?:B|[KMGT]iB)$/.test(text), `${bytes}: ${text}`);
      const read = parseBytes(text.replace(/ /, ""), "size");
      assert(Math.abs(read - bytes) <= bytes * 0.006, `${bytes}: ${text}`);
    }
    assertEquals(formatRate(1024 * 1024), "1.00 MiB/s");
    assertEquals(formatRate(1234.5678), "1.21 KiB/s");
    assertEquals(formatRate(0.4), "0 B/s");
  },
});

Deno.test({
  name: "units: a time is written in the units in which people think of it",
  permissions: "none",
  fn() {
    const times: readonly [number, string][] = [
      [0, "0.00 s"],
      [0.42, "0.42 s"],
      [9.99, "9.99 s"],
      [9.999, "10 s"],
      [12.4, "12 s"],
      [59.6, "1m00s"],
      [185, "3m05s"],
      [3_599.6, "1h00m"],
      [7_440, "2h04m"],
      [400_000, "111h06m"],
      [Infinity, "--"],
      [NaN, "--"],
    ];
    for (const [seconds, text] of times) assertEquals(formatDuration(seconds), text);
  },
});
