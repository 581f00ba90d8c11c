import { assertEquals, assertMatch } from "@std/assert";
import { createPeerId, infoHashFromHex } from "../../lib/bytes/mod.ts";
import { encodeHandshake } from "../../lib/peer/mod.ts";
import { type Report, Sluice } from "./sluice.ts";

const HOST = "127.0.0.1";
const CAN_HANG_UP = Deno.build.os !== "windows";

/** Has a process read its lists again, and waits until it has. */
async function readAgain(process: Sluice): Promise<void> {
  process.kill("SIGHUP");
  await process.report("addresses", ({ state }) => state === "read");
}

/** How many bytes somebody who shares a torrent answers to a handshake. */
async function greet({ infoHash, port }: Report): Promise<number> {
  using connection = await Deno.connect({ hostname: HOST, port: Number(port) });
  const hello = encodeHandshake({
    infoHash: infoHashFromHex(String(infoHash)),
    peerId: createPeerId(new Uint8Array(12)),
    extensions: new Set(),
  });
  // It may be closed before all is written.
  await connection.write(hello).catch(() => 0);
  return await connection.read(new Uint8Array(1_000)).catch(() => 0) ?? 0;
}

Deno.test("e2e: a tracker, a peer that serves and one that fetches go by the lists of their command lines", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${cwd}/block.txt`, "127.0.0.0/8\n::1\n");
    await Deno.writeTextFile(`${cwd}/film.bin`, "a film");
    const flags = ["--json", "--blocklist", "block.txt"];
    const here = [...flags, "--port", "0", "--host", HOST];
    await using tracker = new Sluice(["tracker", ...here, "--http-port", "0", "--no-udp"], { cwd });
    await using share = new Sluice(["share", "film.bin", ...here], { cwd });
    await using get = new Sluice(["get", "x.torrent", ...flags, "--peer", `${HOST}:1`], { cwd });

    const { port } = await tracker.report("listening", ({ door }) => door === "http");
    await tracker.report("ready");
    /** The status of an answer; nothing where the connection is closed without one. */
    const ask = async (): Promise<number | undefined> => {
      const response = await fetch(`http://${HOST}:${port}/scrape`).catch(() => undefined);
      await response?.body?.cancel();
      return response?.status;
    };
    assertEquals(await ask(), undefined);
    const seeding = await share.report("seeding");
    assertEquals(await greet(seeding), 0);
    const { code, stdout } = await get.outcome();
    assertEquals(code, 28);
    assertMatch(stdout.join("\n"), /Cannot use --peer 127\.0\.0\.1:1: --blocklist or --allowlist/);

    if (!CAN_HANG_UP) return;
    await Deno.writeTextFile(`${cwd}/block.txt`, "192.0.2.0/24\n");
    await Promise.all([tracker, share].map(readAgain));
    assertEquals(await ask(), 200);
    assertEquals(await greet(seeding) > 0, true);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
