import { assertEquals, assertMatch } from "@std/assert";
import { Sluice } from "./sluice.ts";

Deno.test({
  name: "A tracker and a peer go by the lists of addresses of their command lines",
  async fn() {
    const cwd = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${cwd}/block.txt`, "127.0.0.0/8\n::1\n");
      const flags = ["--json", "--blocklist", "block.txt"];
      await using tracker = new Sluice(
        ["tracker", ...flags, "--port", "0", "--http-port", "0", "--no-udp", "--host", "127.0.0.1"],
        { cwd },
      );
      await using peer = new Sluice(["get", "x.torrent", ...flags, "--peer", "127.0.0.1:1"], {
        cwd,
      });
      const { port } = await tracker.report("listening", ({ door }) => door === "http");
      await tracker.report("ready");
      const ask = async (): Promise<number> => {
        const response = await fetch(`http://127.0.0.1:${port}/scrape`);
        await response.body?.cancel();
        return response.status;
      };
      assertEquals(await ask(), 403);
      if (Deno.build.os !== "windows") {
        await Deno.writeTextFile(`${cwd}/block.txt`, "192.0.2.0/24\n");
        tracker.kill("SIGHUP");
        await tracker.report("addresses", ({ state }) => state === "read");
        assertEquals(await ask(), 200);
      }
      const { code, stdout } = await peer.outcome();
      assertEquals(code, 28);
      assertMatch(
        stdout.join("\n"),
        /Cannot use --peer 127\.0\.0\.1:1: --blocklist or --allowlist/,
      );
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
});
