import { assert, assertEquals, assertRejects } from "@std/assert";
import { concatBytes } from "../../lib/bytes/mod.ts";
import {
  createInfo,
  encodeTorrent,
  fileSpans,
  parseInfo,
  parseTorrent,
  pieceHash,
  TorrentError,
} from "../../lib/metainfo/mod.ts";
import { MKTORRENT_FILES } from "../vectors/torrent_by_mktorrent.ts";
import { OTHER_TORRENT_FILES, V2_ONLY_TORRENT } from "../vectors/torrent_by_others.ts";
import { contentOf, type TorrentVector } from "../vectors/torrent_vector.ts";

/** Names a key that `createInfo` does not write. */
const MORE_KEYS = /hybrid|not in BEP 3/;

function files(vector: TorrentVector): { path: string[]; length: number; role?: "padding" }[] {
  return vector.files.map(([path, length, role]) => ({
    path: path === "" ? [] : path.split("/"),
    length,
    ...(role && { role }),
  }));
}

function content(vector: TorrentVector): Uint8Array<ArrayBuffer> {
  return concatBytes(vector.files.map(([, length, role]) => contentOf(length, role)));
}

async function hashPieces(data: Uint8Array<ArrayBuffer>, length: number): Promise<Uint8Array> {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += length) {
    const piece = data.subarray(at, at + length);
    hashes.push(new Uint8Array(await crypto.subtle.digest("SHA-1", piece)));
  }
  return concatBytes(hashes);
}

for (const vector of [...MKTORRENT_FILES, ...OTHER_TORRENT_FILES]) {
  Deno.test({
    name: `parseTorrent() reads what others wrote: ${vector.madeBy}`,
    permissions: "none",
    async fn() {
      const { info, trackers, comment, createdBy } = await parseTorrent(vector.torrent);
      assertEquals(info.infoHash as string, vector.infoHash);
      assertEquals(info.name, vector.name);
      assertEquals(info.shape, vector.shape);
      assertEquals(info.pieceLength, vector.pieceLength);
      assertEquals(info.layout.pieceLength, vector.pieceLength);
      assertEquals(info.privacy, vector.privacy);
      assertEquals(info.files.map(({ offset: _, ...file }) => file), files(vector));
      assertEquals(trackers, vector.trackers);
      assertEquals(comment, vector.comment);
      assertEquals(createdBy, vector.createdBy);
      const data = content(vector);
      assertEquals(info.layout.totalLength, data.length);
      assertEquals(info.pieceHashes, await hashPieces(data, vector.pieceLength));
      for (const [fileIndex, { offset, length }] of info.files.entries()) {
        if (length === 0) continue;
        const whole = { fileIndex, fileOffset: 0, length, dataOffset: 0 };
        assertEquals(fileSpans(info.files, offset, length), [whole]);
      }
    },
  });

  Deno.test({
    name: `encodeTorrent() keeps the info-hash: ${vector.madeBy}`,
    permissions: "none",
    async fn() {
      const torrent = await parseTorrent(vector.torrent);
      assertEquals(await parseTorrent(encodeTorrent(torrent)), torrent);
      assertEquals(await parseInfo(torrent.info.rawInfo), torrent.info);
    },
  });

  if (MORE_KEYS.test(vector.madeBy)) continue;
  Deno.test({
    name: `createInfo() of the same files gives the same info-hash: ${vector.madeBy}`,
    permissions: "none",
    async fn() {
      const { name, shape, pieceLength, privacy } = vector;
      const pieceHashes = await hashPieces(content(vector), pieceLength);
      const options = { name, shape, pieceLength, privacy, files: files(vector), pieceHashes };
      const info = await createInfo(options);
      assertEquals(info.infoHash as string, vector.infoHash);
      assertEquals(await parseInfo(info.rawInfo), info);
      const { infoHash } = await createInfo({ ...options, name: `${name}2` });
      assert(infoHash !== info.infoHash);
    },
  });
}

Deno.test({
  name: "pieceHash() gives the hash of each piece in turn",
  permissions: "none",
  async fn() {
    for (const vector of MKTORRENT_FILES) {
      const { info } = await parseTorrent(vector.torrent);
      const hashes = [...info.layout.pieceIndices()].map((index) => pieceHash(info, index));
      assert(hashes.every((hash) => hash.length === 20));
      assertEquals(concatBytes(hashes), info.pieceHashes);
    }
  },
});

Deno.test({
  name: "parseTorrent() says of a BitTorrent v2 torrent that it is one",
  permissions: "none",
  async fn() {
    const error = await assertRejects(
      () => parseTorrent(V2_ONLY_TORRENT, "new.torrent"),
      TorrentError,
    );
    assertEquals(
      error.message,
      "Cannot read new.torrent: it is BitTorrent v2 only, a v1 or hybrid torrent is needed",
    );
  },
});
