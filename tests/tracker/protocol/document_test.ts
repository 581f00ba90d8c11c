import { assertEquals, assertGreater } from "@std/assert";
import * as constants from "../../../lib/tracker/limits.ts";
import { DEFAULT_LIMITS } from "../../../lib/tracker/tracker_limits.ts";
import { hexDump } from "./hex_dump.ts";
import { runTranscript } from "./transcript.ts";

const DOCUMENT = new URL("../../../docs/protocol.md", import.meta.url);

Deno.test("the protocol document shows every frame of a real conversation, byte for byte", async () => {
  const text = await Deno.readTextFile(DOCUMENT);
  const shown = text.matchAll(/^```hex ([\w-]+)\n(.*?)^```$/gms);
  const examples = Array.from(shown, ([, name, dump]) => [name, dump] as const);
  const said = Array.from(
    await runTranscript(),
    ([name, bytes]) => [name, hexDump(bytes)] as const,
  );
  assertEquals(new Set(examples.map(([name]) => name)).size, examples.length);
  assertEquals(Object.fromEntries(examples), Object.fromEntries(said));
});

Deno.test("the protocol document states the limits that the code keeps", async () => {
  const values: Record<string, unknown> = { ...constants, ...DEFAULT_LIMITS };
  const [, text = ""] = (await Deno.readTextFile(DOCUMENT)).split("\n## 8. Limits\n");
  const rows = [...text.matchAll(/^\| `(\w+)` \| ([\d,.]+) \|/gm)];
  for (const [, name = "", value = ""] of rows) {
    assertEquals(Number(value.replaceAll(",", "")), values[name], name);
  }
  assertGreater(rows.length, Object.keys(DEFAULT_LIMITS).length);
  for (const name of Object.keys(DEFAULT_LIMITS)) {
    assertEquals(text.includes(`| \`${name}\` |`), true);
  }
});
