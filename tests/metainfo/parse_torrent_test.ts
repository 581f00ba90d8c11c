import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { BencodeError, BencodeShapeError, encode } from "../../lib/bencode/mod.ts";
import { encodeHex } from "../../lib/bytes/mod.ts";
import {
  MAX_TORRENT_BYTES,
  parseInfo,
  parseTorrent,
  PieceLayoutError,
  TorrentError,
  UnsafePathError,
} from "../../lib/metainfo/mod.ts";
import { mutate, seededRandom } from "../bencode/seeded_random.ts";
import { bytesOfChars } from "../vectors/bencode_vectors.ts";
import { MKTORRENT_FILES } from "../vectors/torrent_by_mktorrent.ts";
import { OTHER_TORRENT_FILES } from "../vectors/torrent_by_others.ts";
import { folderWith, infoWith, type Members, torrentOf } from "./torrent_builder.ts";

const HASH = new Uint8Array(20);

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `parseTorrent() ${name}`, permissions: "none", fn });
}

async function refusal(bytes: Uint8Array): Promise<TorrentError> {
  return await assertRejects(() => parseTorrent(bytes, "bad.torrent"), TorrentError);
}

pure("hashes the info dictionary as it stands in the file, keys unsorted (BEP 3)", async () => {
  const raw = "d4:name7:mv1.mp46:lengthi5e12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaae";
  const { info } = await parseTorrent(bytesOfChars(`d4:info${raw}8:announce8:http://xe`));
  assertEquals(info.rawInfo, bytesOfChars(raw));
  const digest = await crypto.subtle.digest("SHA-1", bytesOfChars(raw));
  assertEquals(info.infoHash as string, encodeHex(new Uint8Array(digest)));
});

pure("does not care what becomes of the bytes it was given", async () => {
  const bytes = torrentOf(infoWith({}));
  const expected = await parseTorrent(bytes.slice());
  const parsing = parseTorrent(bytes);
  bytes.fill(0);
  assertEquals(await parsing, expected);
});

pure("leaves unknown keys alone, and they change the info-hash", async () => {
  const plain = await parseTorrent(torrentOf(infoWith({})));
  const odd = await parseTorrent(torrentOf(infoWith({ "x-odd": [1] }), { "x-other": { y: 2 } }));
  assert(plain.info.infoHash !== odd.info.infoHash);
  assertEquals(odd.info.name, plain.info.name);
});

pure("prefers name.utf-8 and path.utf-8", async () => {
  const file = { length: 1, path: [Uint8Array.of(0xff)], "path.utf-8": ["\u00e9"] };
  const name = { name: Uint8Array.of(0xe9), "name.utf-8": "caf\u00e9" };
  const { info } = await parseTorrent(torrentOf(folderWith([], { ...name, files: [file] })));
  assertEquals(info.name, "caf\u00e9");
  assertEquals(info.files, [{ path: ["\u00e9"], length: 1, offset: 0 }]);
});

pure("takes a torrent as private unless the flag is absent or 0 (BEP 27)", async () => {
  const table = [[undefined, "public"], [0, "public"], [1, "private"], [2, "private"]] as const;
  for (const [flag, privacy] of table) {
    const { info } = await parseTorrent(torrentOf(infoWith({ private: flag })));
    assertEquals(info.privacy, privacy);
  }
});

pure("ignores announce where announce-list has tiers, and falls back on it (BEP 12)", async () => {
  const table: [Members, string[][]][] = [
    [{}, []],
    [{ announce: "http://a" }, [["http://a"]]],
    [{ announce: "http://a", "announce-list": [["udp://b", "c"], ["d"]] }, [["udp://b", "c"], [
      "d",
    ]]],
    [{ announce: "http://a", "announce-list": [] }, [["http://a"]]],
    [{ announce: "http://a", "announce-list": [[], [""]] }, [["http://a"]]],
    [{ announce: "http://a", "announce-list": ["http://b", 7] }, [["http://a"]]],
    [{ announce: "http://a", "announce-list": [[7, "http://b"], 7] }, [["http://b"]]],
    [{ announce: 7, "announce-list": 7 }, []],
  ];
  for (const [members, expected] of table) {
    assertEquals((await parseTorrent(torrentOf(infoWith({}), members))).trackers, expected);
  }
});

pure("reads web seeds, one or a list of them (BEP 19)", async () => {
  const table: [Members, string[]][] = [
    [{ "url-list": "http://mirror.com/file.exe" }, ["http://mirror.com/file.exe"]],
    [{ "url-list": ["http://a/", 7, "", "ftp://b/"] }, ["http://a/", "ftp://b/"]],
    [{ "url-list": "" }, []],
    [{ "url-list": [] }, []],
    [{ "url-list": 7 }, []],
    [{}, []],
  ];
  for (const [members, expected] of table) {
    assertEquals((await parseTorrent(torrentOf(infoWith({}), members))).webSeeds, expected);
  }
});

pure("takes remarks that make no sense as absent", async () => {
  const remarks = { comment: "c", "created by": "p", "creation date": 1234567890 };
  const { info: _, trackers: __, ...read } = await parseTorrent(torrentOf(infoWith({}), remarks));
  assertEquals(read, {
    webSeeds: [],
    comment: "c",
    createdBy: "p",
    creationDate: 1234567890,
  });
  const odd = { comment: 1, "created by": [], "creation date": "now" };
  const torrent = await parseTorrent(torrentOf(infoWith({}), odd));
  assertEquals(Object.keys(torrent).sort(), ["info", "trackers", "webSeeds"]);
});

pure("accepts empty files, and a torrent of no bytes at all", async () => {
  const files = [0, 5, 0].map((length, index) => ({ length, path: [`${index}`] }));
  const { info } = await parseTorrent(torrentOf(folderWith([], { files })));
  assertEquals(info.files.map((file) => file.offset), [0, 0, 5]);
  const empty = await parseTorrent(torrentOf(infoWith({ length: 0, pieces: "" })));
  assertEquals([empty.info.layout.pieceCount, empty.info.pieceHashes.length], [0, 0]);
});

pure("accepts padding files of one path and length, and marks them", async () => {
  const padding = { length: 7, path: [".pad", "7"], attr: "p" };
  const data = { length: 9, path: ["a"], attr: "x" };
  const { info } = await parseTorrent(
    torrentOf(folderWith([], { files: [data, padding, { ...data, path: ["b"] }, padding] })),
  );
  assertEquals(info.files.map((file) => file.role), [undefined, "padding", undefined, "padding"]);
  assertEquals(info.files.map((file) => file.offset), [0, 9, 16, 25]);
  for (const other of [{ ...padding, length: 8 }, { ...data, path: [".PAD", "7"] }]) {
    const error = await refusal(torrentOf(folderWith([], { files: [padding, other] })));
    assertInstanceOf(error.cause, UnsafePathError);
  }
});

/** Fails unless a torrent with each info dictionary is refused for its reason. */
async function assertRefused(table: readonly (readonly [Members, string])[]): Promise<void> {
  for (const [info, reason] of table) {
    const error = await refusal(torrentOf(info));
    assert(error.reason.includes(reason), `${error.reason} lacks ${reason}`);
    assertEquals(error.message, `Cannot read bad.torrent: ${error.reason}`);
  }
}

pure(
  "refuses text not UTF-8, hashes not of 20 bytes, both files and length (BEP 3)",
  () =>
    assertRefused([
      [infoWith({ name: undefined }), "name is missing, in info"],
      [infoWith({ name: 7 }), "name is an integer, must be a byte string, in info"],
      [infoWith({ name: Uint8Array.of(0xff) }), "name is not UTF-8, in info"],
      [folderWith([], { files: [{ length: 1, path: [Uint8Array.of(0xff)] }] }), "is not UTF-8"],
      [infoWith({ length: undefined }), "length is missing, in info"],
      [infoWith({ length: -1 }), "length is -1, must be at least 0, in info"],
      [infoWith({ files: [] }), "it has both files and length, must have one of them"],
      [infoWith({ "piece length": "16384" }), "piece length is a byte string, must be an integer"],
      [infoWith({ pieces: undefined }), "pieces is missing, in info"],
      [infoWith({ pieces: [HASH] }), "pieces is a list, must be a byte string, in info"],
      [infoWith({ pieces: "" }), "piece hashes have 0 bytes, 1 pieces need 20"],
      [infoWith({ pieces: new Uint8Array(40) }), "piece hashes have 40 bytes, 1 pieces need 20"],
      [infoWith({ pieces: new Uint8Array(19) }), "piece hashes have 19 bytes, 1 pieces need 20"],
      [folderWith([], { files: 7 }), "files is an integer, must be a list, in info"],
      [folderWith([], { files: ["a"] }), "files holds a byte string, must hold dictionaries"],
      [folderWith([], { files: [{ length: 1 }] }), "path is missing, in files 0 of info"],
      [folderWith([], { files: [{ path: ["a"] }] }), "length is missing, in files 0 of info"],
    ]),
);

pure("refuses a file whose path has no components (BEP 3), or would lead astray", () => {
  const link = { length: 0, path: ["x"], attr: "l", "symlink path": ["etc"] };
  return assertRefused([
    [folderWith([[]]), "has no components"],
    [folderWith([["a"], ["..", "b"]]), 'path "../b" has a component "." or ".."'],
    [folderWith([["a"], ["A"]]), 'path "A" is also the path of another file or folder'],
    [folderWith([], { files: [link] }), '"x" is a link, links are not made'],
    [infoWith({ name: "../x" }), 'path "../x" has a separator inside a component'],
  ]);
});

pure("refuses an info dictionary beyond the limits and names what is", () =>
  assertRefused([
    [infoWith({ length: 2n ** 63n }), "length is 9223372036854775808, must be at most"],
    [infoWith({ length: 2 ** 50 }), "total length is 1125899906842624, must be from 0 to"],
    [infoWith({ length: 16384 * 2 ** 21 + 1 }), "there are 2097153 pieces of 16384 bytes"],
    [infoWith({ "piece length": 0 }), "piece length is 0, must be a power of two from 16384"],
    [infoWith({ "piece length": 8192 }), "piece length is 8192, must be a power of two"],
    [infoWith({ "piece length": 2 ** 27 }), "piece length is 134217728, must be a power of two"],
    [infoWith({ "piece length": 20000 }), "piece length is 20000, must be a power of two"],
    [infoWith({ private: "yes" }), "private is a byte string, must be an integer, in info"],
    [folderWith([]), "a torrent of a folder has at least one file"],
  ]));

pure("refuses what is no torrent file", async () => {
  const table: [Uint8Array, string][] = [
    [
      bytesOfChars("<!DOCTYPE html>"),
      "it is malformed at byte 0, no value begins with this byte",
    ],
    [new Uint8Array(0), "it is malformed at byte 0, input ends where more must follow"],
    [bytesOfChars("i1e"), "it is malformed at byte 0, value is not a dictionary"],
    [bytesOfChars("le"), "it is malformed at byte 0, value is not a dictionary"],
    [bytesOfChars("de"), "it has no info dictionary"],
    [bytesOfChars("d4:infoi1ee"), "it is an integer, must be a dictionary, in info"],
    [
      bytesOfChars("d4:infode4:infodee"),
      "it is malformed at byte 9, dictionary has this key twice",
    ],
  ];
  for (const [bytes, reason] of table) assertEquals((await refusal(bytes)).reason, reason);
});

pure("keeps the error of the layer that refused as the cause", async () => {
  const causes = [
    [bytesOfChars("d"), BencodeError],
    [torrentOf(infoWith({ name: 7 })), BencodeShapeError],
    [torrentOf(infoWith({ name: ".." })), UnsafePathError],
    [torrentOf(infoWith({ "piece length": 1 })), PieceLayoutError],
  ] as const;
  for (const [bytes, errorClass] of causes) {
    assertInstanceOf((await refusal(bytes)).cause, errorClass);
  }
});

pure("takes a file as long as the limit and no longer", async () => {
  const rest = torrentOf(infoWith({}), { z: "" }).length;
  const padded = (length: number): Uint8Array =>
    torrentOf(infoWith({}), { z: new Uint8Array(length - rest - `${length}`.length + 1) });
  assertEquals(padded(MAX_TORRENT_BYTES).length, MAX_TORRENT_BYTES);
  await parseTorrent(padded(MAX_TORRENT_BYTES));
  const error = await refusal(padded(MAX_TORRENT_BYTES + 1));
  assert(error.reason.includes("longer than 10485760 bytes"), error.reason);
  await assertRejects(
    () => parseInfo(new Uint8Array(MAX_TORRENT_BYTES + 1)),
    TorrentError,
    "longer",
  );
});

pure(
  "of mutated and truncated torrents refuses them or gives safe and consistent ones",
  async () => {
    const random = seededRandom(3);
    let accepted = 0;
    for (const { torrent } of [...MKTORRENT_FILES, ...OTHER_TORRENT_FILES]) {
      for (let round = 0; round < 150; round++) {
        const whole = round % 2 === 0 ? torrent : torrent.subarray(0, random() * torrent.length);
        try {
          const { info } = await parseTorrent(mutate(whole, random));
          accepted++;
          const last = info.files.at(-1);
          assertEquals(info.layout.totalLength, (last?.offset ?? NaN) + (last?.length ?? NaN));
          assertEquals(info.pieceHashes.length, info.layout.pieceCount * 20);
          assert(!info.files.some(({ path }) => path.some((name) => /^\.{0,2}$|[/\\]/.test(name))));
        } catch (error) {
          assertInstanceOf(error, TorrentError);
        }
      }
    }
    assert(accepted > 50, `${accepted} accepted`);
  },
);

Deno.test({
  name: "parseInfo() reads the info dictionary alone and refuses all else",
  permissions: "none",
  async fn() {
    const { info } = await parseTorrent(torrentOf(infoWith({})));
    assertEquals(await parseInfo(encode(infoWith({}))), info);
    await assertRejects(
      () => parseInfo(torrentOf(infoWith({})), "metadata"),
      TorrentError,
      "Cannot read metadata: name is missing, in info",
    );
  },
});
