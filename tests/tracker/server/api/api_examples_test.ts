import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { parseTorrent } from "../../../../lib/metainfo/mod.ts";
import { serveTracker } from "../../../../lib/tracker/mod.ts";
import { sampleInfo, samplePeerId } from "../../sample_torrents.ts";

const DOCUMENT = new URL("../../../../docs/api.md", import.meta.url);

/** Why the examples cannot be run, if so. */
async function missing(): Promise<string | undefined> {
  const command = new Deno.Command("sh", { args: ["-c", "curl --version"], stdout: "null" });
  const found = await command.output().then(({ success }) => success, () => false);
  return found ? undefined : "there is no sh with curl";
}

const reason = await missing();

Deno.test({
  name: `api: the examples of the document work as they stand${
    reason === undefined ? "" : ` (skipped: ${reason})`
  }`,
  ignore: reason !== undefined,
  async fn() {
    await using tracker = serveTracker({ host: "127.0.0.1", port: 0, http: { port: 0 } });
    const info = await sampleInfo("one", 4);
    const { infoHash } = info;
    tracker.registry.publish({ info });
    const peer = tracker.registry.admit({
      ...{ host: "10.0.0.1", port: 6881, id: samplePeerId(1), agent: "x" },
    });
    tracker.registry.report(peer, { infoHash, held: { kind: "complete" } });
    const port = tracker.doors[0]?.address.port;
    const cwd = await Deno.makeTempDir({ prefix: "api_examples_" });
    const said: string[] = [];
    try {
      const markdown = await Deno.readTextFile(DOCUMENT);
      for (const [, script = ""] of markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)) {
        assertNotEquals(script.replaceAll(":6969", ""), script);
        const { stdout, stderr, success } = await new Deno.Command("sh", {
          args: ["-ec", script.replaceAll("127.0.0.1:6969", `127.0.0.1:${port}`)],
          ...{ cwd, stdin: "null" as const, env: { no_proxy: "127.0.0.1" } },
          signal: AbortSignal.timeout(60_000),
        }).output();
        assert(success, new TextDecoder().decode(stderr));
        said.push(new TextDecoder().decode(stdout));
      }
      const file = await Deno.readFile(`${cwd}/file.torrent`);
      assertEquals((await parseTorrent(file, "file.torrent")).info.infoHash, infoHash);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
    const [who = "", , peers, events = ""] = said;
    assertEquals(JSON.parse(who).totals.files, 1);
    assertEquals(peers, '"address":"10.0.0.1:6881"\n"heldCount":4\n');
    assert(events.includes("event: hello\n"), events);
  },
});
