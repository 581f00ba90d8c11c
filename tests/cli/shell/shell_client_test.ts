import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { ShellClient } from "../../../lib/cli/shell/shell_client.ts";
import { createInfo, encodeTorrent } from "../../../lib/metainfo/mod.ts";
import { PeerNode, type Torrent } from "../../../lib/peer/mod.ts";
import { denoFileLayer, openMemoryStore, StorageError } from "../../../lib/storage/mod.ts";
import {
  allPieces,
  assertSameBytes,
  pieceOf,
  type Sample,
  writeSample,
} from "../../storage/samples.ts";
import { Desk, NEVER } from "./desk.ts";

/** The ways in which a command opens the torrent of a film. */
const OPENINGS: Record<string, (client: ShellClient, signal: AbortSignal) => Promise<unknown>> = {
  openAll: (client, signal) => client.openAll(signal),
  torrentOf: (client, signal) => client.torrentOf("mv1.mp4", signal),
};

/** Writes the file of a chunk in one step, as who copies a file and gives it its name then. */
async function putChunk({ client }: Desk, index: number, content: Uint8Array): Promise<void> {
  const path = client.library.partPath("mv1.mp4", index);
  await Deno.writeFile(`${path}.new`, content);
  await Deno.rename(`${path}.new`, path);
}

/** What the file of a chunk should have in it. */
function chunkOf(film: Sample, index: number): Uint8Array<ArrayBuffer> {
  return pieceOf(film, allPieces(film.info)[index]!);
}

/** The same but for one byte. */
function wrongChunkOf(film: Sample, index: number): Uint8Array {
  const content = chunkOf(film, index).slice();
  content[content.length >> 1]! ^= 0xff;
  return content;
}

/** The torrent of the film, which is open. */
function filmOf({ client }: Desk): Torrent {
  const torrent = client.torrents.get("mv1.mp4");
  assert(torrent !== undefined, "it is not open");
  return torrent;
}

/** The numbers of the chunks of the film that are not held. */
function missingOf(desk: Desk): number[] {
  const { held } = filmOf(desk).store;
  return Array.from({ length: held.length }, (_, index) => index).filter((index) =>
    !held.has(index)
  );
}

for (const [name, open] of Object.entries(OPENINGS)) {
  Deno.test(`ShellClient merges what ${name}() opened, also when that command is given up later`, async () => {
    await using desk = await Desk.open();
    const film = await desk.cutFilm();
    const command = new AbortController();
    await open(desk.client, command.signal);
    command.abort();
    const path = desk.client.library.originalPath("mv1.mp4");
    assertEquals(await desk.told("merge_chunks mv1.mp4"), `Merge complete! ${path} (200 KiB)`);
    assertSameBytes(await Deno.readFile(path), film.data);
  });

  Deno.test(`ShellClient gives up what ${name}() is opening, and can open it later`, async () => {
    const command = new AbortController();
    const reason = new DOMException("the user waits no longer", "AbortError");
    let opened = 0;
    await using desk = await Desk.open({
      ...denoFileLayer,
      open(path, mode) {
        if (path.endsWith(".part3") && ++opened === 1) command.abort(reason);
        return denoFileLayer.open(path, mode);
      },
    });
    await desk.cutFilm();
    const { client } = desk;
    await assertRejects(() => open(client, command.signal), DOMException, reason.message);
    assertEquals(opened, 1, "nothing was given up");
    await assertRejects(() => open(client, command.signal), DOMException, reason.message);
    assertEquals([client.torrents.size, client.node.torrents.size], [0, 0]);
    await open(client, NEVER);
    assertEquals(missingOf(desk), []);
  });
}

Deno.test("ShellClient keeps a torrent open, and its peers, whose chunk files are as they were", async () => {
  await using desk = await Desk.open();
  const film = await desk.cutFilm();
  await putChunk(desk, 4, wrongChunkOf(film, 4));
  await Deno.truncate(desk.client.library.partPath("mv1.mp4", 7), 1);
  await Deno.remove(desk.client.library.partPath("mv1.mp4", 12));
  await using other = new PeerNode({ host: "127.0.0.1" });
  other.add(openMemoryStore(film.info), { intent: "serve" });

  assertEquals(await desk.client.openAll(NEVER), []);
  assertEquals(missingOf(desk), [4, 7, 12]);
  const torrent = filmOf(desk);
  await desk.told(`connect_client 127.0.0.1 ${other.address.port}`);
  const [link, ...more] = torrent.links;
  assertEquals(more, []);
  for (let time = 1; time <= 3; time++) {
    const status = await desk.told("see_chunk_status");
    assertEquals(status.split("\n").map((line) => line.slice(-1)).join(""), "1111011011110");
    assertStrictEquals(filmOf(desk), torrent, `it was opened anew at look ${time}`);
    assertStrictEquals(torrent.links[0], link, `its peer was dropped at look ${time}`);
  }
  assertEquals(other.torrents.get(film.info.infoHash)?.links.length, 1);
});

Deno.test("ShellClient takes in chunk files that somebody puts there, and drops no peer for it", async () => {
  await using desk = await Desk.open();
  const film = await desk.cutFilm();
  await putChunk(desk, 4, wrongChunkOf(film, 4));
  await Deno.remove(desk.client.library.partPath("mv1.mp4", 12));
  await using other = new PeerNode({ host: "127.0.0.1" });
  other.add(openMemoryStore(film.info), { intent: "serve" });
  assertEquals(await desk.client.openAll(NEVER), []);
  const torrent = filmOf(desk);
  await desk.told(`connect_client 127.0.0.1 ${other.address.port}`);
  const [link] = torrent.links;

  const cases = [
    [12, chunkOf(film, 12).subarray(1), [4, 12]],
    [12, wrongChunkOf(film, 12), [4, 12]],
    [12, chunkOf(film, 12), [4]],
    [4, chunkOf(film, 4), []],
  ] as const;
  for (const [index, bytes, missing] of cases) {
    await putChunk(desk, index, bytes);
    assertEquals(await desk.client.openAll(NEVER), []);
    assertEquals(missingOf(desk), [...missing]);
    assertStrictEquals(filmOf(desk), torrent);
    assertStrictEquals(torrent.links[0], link);
  }
});

Deno.test("ShellClient says that nobody listens, or that there is no client with torrents of ours", async () => {
  await using desk = await Desk.open();
  await desk.cutFilm();
  assertEquals(await desk.client.openAll(NEVER), []);
  await using other = new PeerNode({ host: "127.0.0.1" });
  const { port } = other.address;
  const line = `connect_client 127.0.0.1 ${port}`;
  const start = `Cannot connect to client[127.0.0.1,${port}]: `;
  assertEquals(
    await desk.refused(line, 1),
    `${start}it has no torrent of ours, or is no such client`,
  );
  await other.close();
  assertEquals(await desk.refused(line, 1), `${start}nobody listens there`);
});

Deno.test("ShellClient connects nobody to a private torrent that has trackers of its own (BEP 27)", async () => {
  await using desk = await Desk.open();
  const film = await desk.cutFilm();
  const info = await createInfo({ ...film.info, privacy: "private" });
  const path = desk.client.library.torrentPath("mv1.mp4");
  const trackers = [["http://192.0.2.1/announce"]];
  await Deno.writeFile(path, encodeTorrent({ info, trackers }));
  await using other = new PeerNode({ host: "127.0.0.1" });
  other.add(openMemoryStore(info), { intent: "serve" });
  assertEquals(await desk.client.openAll(NEVER), []);
  const { port } = other.address;
  assertEquals(
    await desk.refused(`connect_client 127.0.0.1 ${port}`, 1),
    `Cannot connect to client[127.0.0.1,${port}]: mv1.mp4 is private, ` +
      "its peers come from its trackers alone (BEP 27)",
  );
  assertEquals(filmOf(desk).links, []);
});

Deno.test("ShellClient serves a whole original although some chunk files are there, and says if it cannot", async () => {
  let fault: Error | undefined;
  const ended = new AbortController();
  let onOpen = (): void => {};
  await using desk = await Desk.open({
    ...denoFileLayer,
    open(path, mode) {
      if (!path.includes("Original_Files")) return denoFileLayer.open(path, mode);
      onOpen();
      return fault === undefined ? denoFileLayer.open(path, mode) : Promise.reject(fault);
    },
  });
  const film = await desk.cutFilm();
  const { library } = desk.client;
  await Deno.remove(library.partPath("mv1.mp4", 4));
  await writeSample(film, library.originalPath("mv1.mp4"));
  fault = new StorageError("Cannot read mv1.mp4: no", "mv1.mp4", { code: "EACCES" });
  const [refused] = await desk.client.openAll(NEVER);
  assertStrictEquals(refused, fault);
  assertEquals(desk.client.torrents.size, 0, "nothing is served as if it were all there is");

  fault = undefined;
  onOpen = () => ended.abort();
  await assertRejects(() => desk.client.openAll(ended.signal), DOMException);
  assertEquals(desk.client.torrents.size, 0);
  onOpen = () => {};
  assertEquals(await desk.client.openAll(NEVER), []);
  assertEquals(missingOf(desk), []);
});
