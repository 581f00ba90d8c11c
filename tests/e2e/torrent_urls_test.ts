import { assertEquals } from "@std/assert";
import { encodeTorrent } from "../../lib/metainfo/mod.ts";
import { sampleInfo } from "../tracker/sample_torrents.ts";
import { StubTracker } from "../tracker/client/sample_announcer.ts";
import { Sluice, soon } from "./sluice.ts";

Deno.test("e2e: a torrent's trackers on this machine are asked by paths of trackers, those of --tracker by any", async () => {
  const seen = new Set<string>();
  const both = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<void>();
  await using stub = new StubTracker(({ pathname }) => {
    seen.add(pathname);
    if (seen.has("/announce") && seen.has("/named")) both.resolve();
    if (seen.has("/reboot")) refused.resolve();
    return new Response("d8:intervali300e5:peers0:e");
  });
  const urlOf = (path: string): string => stub.url.replace(/\/announce$/, path);
  const cwd = await Deno.makeTempDir();
  try {
    const trackers = [[urlOf("/reboot")], [urlOf("/announce?do=it")], [stub.url]];
    const file = encodeTorrent({ info: await sampleInfo("film", 2), trackers });
    await Deno.writeFile(`${cwd}/film.torrent`, file);
    const flags = ["--host", "127.0.0.1", "--json", "--tracker", urlOf("/named?key=abc")];
    await using get = new Sluice(["get", "film.torrent", ...flags], { cwd });
    await soon("announces by both paths", both.promise);
    get.kill("SIGINT");
    await get.outcome();
    assertEquals([...seen].sort(), ["/announce", "/named"]);
    const asked = stub.requests.filter(({ searchParams }) => searchParams.has("do"));
    assertEquals(asked, []);

    await using free = new Sluice(["get", "film.torrent", ...flags, "--allow-private-urls"], {
      cwd,
    });
    await soon("an announce by any path", refused.promise);
    free.kill("SIGINT");
    await free.outcome();
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
