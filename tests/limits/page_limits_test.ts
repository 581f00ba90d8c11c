import { assertEquals } from "@std/assert";
import {
  MAX_PAGE_BODY,
  MAX_PAGE_READINGS,
  MAX_PAGE_STREAMS,
  MAX_SHOWN_CELLS,
  MAX_SHOWN_FILES,
} from "../../lib/cli/limits.ts";
import { describeTransfer, heldCells } from "../../lib/cli/peer_page/transfer.ts";
import { openSamplePage } from "../cli/peer_page/sample_page.ts";
import { folderInfo } from "../peer/folder_info.ts";
import { createTorrent, Simulation } from "../peer/simulation.ts";

Deno.test("A map on a peer's page has a cell a piece up to 512 pieces, and never more cells", async () => {
  await using sim = new Simulation(1);
  for (const extra of [0, 1]) {
    const pieceLength = 16 * 1024;
    const length = (MAX_SHOWN_CELLS + extra) * pieceLength;
    const torrent = await createTorrent({ name: `${extra}.bin`, length, pieceLength });
    const [here] = sim.seed(`seeder${extra}`, torrent).torrents.values();
    assertEquals(here!.store.info.layout.pieceCount, MAX_SHOWN_CELLS + extra);
    assertEquals(heldCells(here!), new Uint8Array(MAX_SHOWN_CELLS).fill(255));
  }
});

Deno.test("A peer's page is told of 1,000 files of a transfer, and how many there are", async () => {
  await using sim = new Simulation(2);
  for (const extra of [0, 1]) {
    const paths = Array.from({ length: MAX_SHOWN_FILES + extra }, (_, at) => [`${at}.bin`]);
    const info = await folderInfo(`folder${extra}`, paths);
    const here = sim.node(`node${extra}`).add(sim.store(info));
    const { files, fileCount } = describeTransfer(here);
    assertEquals([files.length, fileCount], [MAX_SHOWN_FILES, MAX_SHOWN_FILES + extra]);
    assertEquals(files.at(-1)?.path, `${MAX_SHOWN_FILES - 1}.bin`);
  }
});

Deno.test("A peer's page has 16 streams of events at once, and one more when one has ended", async () => {
  await using sim = new Simulation(3);
  await using page = openSamplePage(sim, sim.node("here"));
  const open = (): Promise<Response> => fetch(`${page.url}api/v1/events`);
  const streams: Response[] = [];
  for (let count = 0; count < MAX_PAGE_STREAMS; count++) streams.push(await open());
  assertEquals(streams.map(({ status }) => status), Array(MAX_PAGE_STREAMS).fill(200));
  const refused = await open();
  assertEquals(refused.status, 503);
  await refused.body?.cancel();
  await streams.pop()?.body?.cancel();
  for (let status = 503; status !== 200;) {
    // That it has left is noticed when something is sent to it.
    await sim.advance(10_000);
    const again = await open();
    status = again.status;
    if (status === 200) streams.push(again);
    else await again.body?.cancel();
  }
  for (const { body } of streams) await body?.cancel();
});

Deno.test("Over a peer's page 16 files are read at once, and one more is told to wait", async () => {
  await using sim = new Simulation(4);
  const torrent = await createTorrent({ name: "clip.mp4" });
  const here = sim.leech("leecher", torrent);
  await using page = openSamplePage(sim, sim.nodes.at(-1)!);
  const open = (): Promise<Response> => fetch(`${page.url}media/${torrent.info.infoHash}/0`);
  const responses: Response[] = [];
  for (let count = 0; count <= MAX_PAGE_READINGS; count++) responses.push(await open());
  assertEquals(responses.map(({ status }) => status), [...Array(MAX_PAGE_READINGS).fill(200), 503]);
  assertEquals(here.readings.count, MAX_PAGE_READINGS);
  for (const { body } of responses) await body?.cancel();
});

Deno.test("What a peer's page is asked to change has 4,096 bytes at most", async () => {
  await using sim = new Simulation(5);
  await using page = openSamplePage(sim, sim.node("here"));
  const limits = '{"limits":{"up":1000}}';
  for (const [length, status] of [[MAX_PAGE_BODY, 200], [MAX_PAGE_BODY + 1, 413]] as const) {
    const body = limits.padEnd(length);
    const response = await fetch(`${page.url}api/v1/peer`, { method: "PATCH", body });
    await response.body?.cancel();
    assertEquals(response.status, status);
  }
});
