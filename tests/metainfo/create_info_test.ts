import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import {
  createInfo,
  type CreateInfoOptions,
  encodeTorrent,
  MAX_TORRENT_BYTES,
  parseInfo,
  parseTorrent,
  TorrentError,
  UnsafePathError,
} from "../../lib/metainfo/mod.ts";

const FILE: CreateInfoOptions = {
  name: "mv1.mp4",
  shape: "file",
  files: [{ path: [], length: 40000 }],
  pieceLength: 16384,
  pieceHashes: new Uint8Array(60).fill(1),
};

const FOLDER: CreateInfoOptions = {
  ...FILE,
  name: "folder",
  shape: "folder",
  files: [{ path: ["a"], length: 16384 }, { path: ["b", "c"], length: 0 }, {
    path: ["b", "d"],
    length: 20000,
  }],
};

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("createInfo() gives what parseInfo() reads from its bytes", async () => {
  for (const options of [FILE, FOLDER]) {
    const info = await createInfo(options);
    assertEquals(await parseInfo(info.rawInfo), info);
    assertEquals(info.privacy, "public");
  }
  const padded = [{ path: ["a"], length: 1 }, {
    path: [".pad", "1"],
    length: 39999,
    role: "padding",
  }];
  const info = await createInfo({ ...FOLDER, files: padded as CreateInfoOptions["files"] });
  assertEquals(await parseInfo(info.rawInfo), info);
  assertEquals(info.files[1]?.role, "padding");
});

pure("createInfo() writes private into info, which gives another info-hash (BEP 27)", async () => {
  const open = await createInfo(FILE);
  const closed = await createInfo({ ...FILE, privacy: "private" });
  assert(open.infoHash !== closed.infoHash);
  assertEquals((await parseInfo(closed.rawInfo)).privacy, "private");
});

pure("createInfo() refuses what parseInfo() would refuse", async () => {
  const table: [Partial<CreateInfoOptions>, string][] = [
    [{ name: "con.mp4" }, "device"],
    [{ name: "mv1.mp4.part7" }, "unfinished"],
    [{ name: "half \ud83d" }, "half of a character"],
    [{ files: [] }, "one file has one file"],
    [{ files: [{ path: ["x"], length: 40000 }] }, "one file has one file"],
    [{ files: [{ path: [], length: 40000 }, { path: [], length: 0 }] }, "one file has one file"],
    [{ files: [{ path: [], length: 1.5 }] }, "length of a file is 1.5"],
    [{ files: [{ path: [], length: -1 }] }, "length of a file is -1"],
    [{ files: [{ path: [], length: 40 }] }, "piece hashes have 60 bytes, 1 pieces need 20"],
    [{ shape: "folder" }, "has no components"],
    [{ shape: "folder", files: [] }, "at least one file"],
    [{ pieceLength: 16385 }, "piece length is 16385"],
    [{ pieceHashes: new Uint8Array(59) }, "piece hashes have 59 bytes, 3 pieces need 60"],
  ];
  for (const [changes, reason] of table) {
    const error = await assertRejects(() => createInfo({ ...FILE, ...changes }), TorrentError);
    assert(error.message.startsWith("Cannot create torrent: "), error.message);
    assert(error.message.includes(reason), error.message);
  }
  const error = await assertRejects(() => createInfo({ ...FILE, name: ".." }), TorrentError);
  assertInstanceOf(error.cause, UnsafePathError);
});

pure("createInfo() refuses a torrent that would be too long to read", async () => {
  const pieces = MAX_TORRENT_BYTES / 20;
  await assertRejects(
    () =>
      createInfo({
        ...FILE,
        files: [{ path: [], length: pieces * 16384 }],
        pieceHashes: new Uint8Array(pieces * 20),
      }),
    TorrentError,
    "longer pieces or fewer files must make at most 10485760",
  );
});

pure("encodeTorrent() writes what parseTorrent() reads", async () => {
  const info = await createInfo(FOLDER);
  const full = {
    info,
    trackers: [["http://a/announce", "udp://b:1"], ["http://[::1]/announce"]],
    webSeeds: ["http://mirror/", "https://other/folder.bin"],
    comment: "h\u00e9",
    createdBy: "Sluice",
    creationDate: 1,
  };
  const bare = { info, trackers: [], webSeeds: [] };
  for (const torrent of [full, bare, { ...bare, trackers: [["http://a"]] }]) {
    assertEquals(await parseTorrent(encodeTorrent(torrent)), torrent);
    const fromBytes = encodeTorrent({ ...torrent, info: info.rawInfo });
    assertEquals(fromBytes, encodeTorrent(torrent));
  }
});

pure("encodeTorrent() writes a list of trackers only if there are several", async () => {
  const info = await createInfo(FILE);
  const text = (trackers: string[][]): string =>
    new TextDecoder().decode(encodeTorrent({ info, trackers }));
  assert(text([["http://a"]]).startsWith("d8:announce8:http://a4:info"));
  assert(text([[], ["http://a"]]).startsWith("d8:announce8:http://a4:info"));
  assert(text([["x"], ["y"]]).startsWith("d8:announce1:x13:announce-listll1:xel1:yee4:info"));
  assert(text([["x", "y"]]).startsWith("d8:announce1:x13:announce-listll1:x1:yee4:info"));
  assert(text([]).startsWith("d4:info"));
});

pure("encodeTorrent() refuses to write more than is read", async () => {
  const info = await createInfo(FILE);
  assertThrows(
    () => encodeTorrent({ info, comment: "x".repeat(MAX_TORRENT_BYTES) }),
    TorrentError,
    "Cannot write torrent",
  );
});
