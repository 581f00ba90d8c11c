import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Arguments } from "../../lib/cli/arguments.ts";
import { COMMANDS } from "../../lib/cli/command_table.ts";
import { run } from "../../lib/cli/commands/info.ts";
import { COMMON_FLAGS } from "../../lib/cli/flags.ts";
import { Output, type Report } from "../../lib/cli/output.ts";
import { encodeTorrent } from "../../lib/metainfo/mod.ts";
import { SampleMember } from "../tracker/sample_member.ts";

const FLAGS = COMMANDS.find(({ name }) => name === "info")?.flags ?? [];
const TRACKERS = ["http://a.example/announce", "https://b.example/s3cret/announce?key=s3cret"];

/** What `info` says, to programs and to people. */
async function infoOf(...words: string[]): Promise<{ report: Report; text: string }> {
  const said: { report: Report; text: string }[] = [];
  const args = new Arguments(words, [...COMMON_FLAGS, ...FLAGS]);
  class Listener extends Output {
    override result(report: Report, text: string): void {
      said.push({ report, text });
    }
  }
  await run({ args, output: new Listener(args), interrupted: new AbortController().signal });
  assert(said[0] !== undefined);
  return said[0];
}

Deno.test("info: announce URLs are shown without what may be a key, and whole where that is wanted", async () => {
  const { info } = await SampleMember.of("film", 1);
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "film.torrent");
    await Deno.writeFile(path, encodeTorrent({ info, trackers: TRACKERS.map((url) => [url]) }));
    const query = TRACKERS.map((url) => `&tr=${encodeURIComponent(url)}`).join("");
    for (const what of [path, `magnet:?xt=urn:btih:${info.infoHash}${query}`]) {
      const { report, text } = await infoOf(what);
      const shown = [TRACKERS[0], "https://b.example/.../announce?..."];
      assertEquals([report.trackers].flat(2), shown);
      assertStringIncludes(text, "https://b.example/.../announce?...");
      for (const word of [text, JSON.stringify(report)]) {
        assertFalse(word.includes("s3cret"), word);
      }
      const whole = await infoOf("--show-keys", what);
      assertEquals([whole.report.trackers].flat(2), TRACKERS);
      assertStringIncludes(whole.text, TRACKERS[1] ?? "");
    }
    const { report: { magnet } } = await infoOf(path);
    assertStringIncludes(`${magnet}`, encodeURIComponent(TRACKERS[0] ?? ""));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
