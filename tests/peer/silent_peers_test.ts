import { assert, assertEquals } from "@std/assert";
import { RoguePeer } from "./rogue_peer.ts";
import { assertWhole, createTorrent, Simulation } from "./simulation.ts";

const U = 16 * 1024;

/** What becomes of a download of 2.5 MiB of which several peers claim all, and one seeder sends 2 MB/s. */
async function downloadBeside(
  silentCount: number,
  firstBlock: "sent" | "owed",
): Promise<{ tookMs: number; banned: number }> {
  await using sim = new Simulation(silentCount);
  const torrent = await createTorrent({ length: 40 * 4 * U, pieceLength: 4 * U });
  const { infoHash } = torrent.info;
  const leecher = sim.leech("leecher", torrent);
  let banned = 0;
  leecher.watch().pipeTo(
    new WritableStream({ write: ({ type }) => void (banned += Number(type === "banned")) }),
  );
  using peers = new DisposableStack();
  for (let at = 0; at < silentCount; at++) {
    const host = sim.network.host(`silent ${at}`);
    const silent = peers.use(await RoguePeer.dial(host, sim.nodes[0]!.address, { infoHash }));
    silent.offer(torrent);
    const request = await silent.next("request");
    if (firstBlock === "sent") silent.answer(torrent, request, "right");
  }
  await sim.settle();
  const seeder = sim.seed("seeder", torrent, { maxUpRate: 2_000_000 });
  leecher.addPeers([seeder.address]);
  const tookMs = await sim.until(() => leecher.store.held.isFull);
  await assertWhole(leecher, torrent);
  return { tookMs, banned };
}

for (const firstBlock of ["owed", "sent"] as const) {
  const rest = firstBlock === "owed" ? "and send nothing" : "and send nothing after one block";
  Deno.test(`The end of a download does not wait for peers that claim all ${rest}, however many`, async () => {
    for (const count of [1, 2, 3, 4, 5, 8, 12, 20]) {
      const { tookMs, banned } = await downloadBeside(count, firstBlock);
      // The clock goes on while a busy machine hashes; to wait for them takes 30 s and more.
      assert(tookMs < 12_000, `it took ${tookMs} ms beside ${count} of them`);
      assertEquals(banned, 0);
    }
  });
}
