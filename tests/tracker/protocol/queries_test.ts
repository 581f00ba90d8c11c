import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { type BencodeValue, decode, DictionaryReader, encode } from "../../../lib/bencode/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import {
  type ArgumentsOf,
  type Body,
  encodePeersChanged,
  QUERY_CODECS,
  type QueryName,
  readPeersChanged,
  type ReplyOf,
} from "../../../lib/tracker/protocol/mod.ts";
import { sampleHash, samplePeerId, sampleShape } from "../sample_torrents.ts";

const infoHash = sampleHash(1);
const id = samplePeerId(2);
const contact = { id, host: "192.0.2.7", port: 6881 };
const page = { offset: 0, limit: 50 };
const shape = sampleShape("mv1.mp4", 12);

const ARGUMENTS: { readonly [Name in QueryName]: readonly ArgumentsOf<Name>[] } = {
  connect: [
    { peerId: id, port: 0, agent: "", token: undefined, version: 1 },
    { peerId: id, port: 65535, agent: "Gr\u00f6\u00dfe/1", token: "secret", version: 7 },
  ],
  update_status: [
    { torrents: [], gone: [] },
    {
      torrents: [
        { infoHash, shape, held: { kind: "complete" }, uploaded: 1, downloaded: 2 },
        {
          infoHash,
          shape: undefined,
          held: { kind: "bitfield", bytes: Uint8Array.of(255, 240) },
          uploaded: undefined,
          downloaded: 2 ** 53 - 1,
        },
        {
          infoHash,
          shape: undefined,
          held: { kind: "have", pieces: [0, 1, 2 ** 21] },
          uploaded: undefined,
          downloaded: undefined,
        },
      ],
      gone: [infoHash, sampleHash(2)],
    },
  ],
  publish: [{ infoHash, total: 10, offset: 7, data: Uint8Array.of(1, 2, 3) }],
  get_torrent: [{ infoHash, offset: 5 }, { name: "mv1.mp4", offset: 0 }],
  list_files: [{ ...page, name: undefined }, { offset: 7, limit: 1000, name: "mv1.mp4" }],
  get_peers: [{ ...page, infoHash: undefined }, { ...page, infoHash }],
  ping: [{}],
  disconnect: [{}],
  exit: [{}],
};

const REPLIES: { readonly [Name in QueryName]: readonly ReplyOf<Name>[] } = {
  connect: [{
    intervalS: 30,
    graceS: 0,
    address: "[2001:db8::7]:6881",
    peersKnown: 3,
    torrentsKnown: 2,
  }],
  update_status: [
    { want: [], resend: [], refused: [] },
    {
      want: [infoHash],
      resend: [sampleHash(2), sampleHash(3)],
      refused: [{ infoHash, code: 409, text: "why" }],
    },
  ],
  publish: [{ next: 10 }],
  get_torrent: [{ infoHash, name: "mv1.mp4", total: 9, offset: 5, data: Uint8Array.of(1) }],
  list_files: [
    { total: 0, offset: 0, files: [] },
    {
      total: 9,
      offset: 1,
      files: (["published", "claimed"] as const).map((state) => ({
        infoHash,
        ...shape,
        pieces: 12,
        seeders: 1,
        leechers: 2,
        availability: 1500,
        completions: state === "published" ? 3 : 0,
        state,
      })),
    },
  ],
  get_peers: [
    {
      of: "swarm",
      total: 3,
      offset: 0,
      pieceCount: 12,
      peers: (["complete", "unknown", Uint8Array.of(1, 16)] as const).map((pieces) => ({
        ...contact,
        agent: "Other/1",
        pieces,
        uploaded: 5,
        downloaded: 6,
      })),
    },
    {
      of: "all",
      total: 1,
      offset: 0,
      peers: [{ ...contact, agent: "", torrents: [{ infoHash, held: 3, pieces: 12 }] }],
    },
  ],
  ping: [{}],
  disconnect: [{}],
  exit: [{}],
};

function read<T>(body: Body, decodeBody: (reader: DictionaryReader) => T): T {
  return decodeBody(new DictionaryReader(decode(encode(body)), "test"));
}

function checkName<Name extends QueryName>(name: Name): void {
  const codec = QUERY_CODECS[name];
  for (const query of ARGUMENTS[name]) {
    assertEquals(read(codec.encodeArguments(query), codec.decodeArguments), query, name);
  }
  for (const reply of REPLIES[name]) {
    assertEquals(read(codec.encodeReply(reply), codec.decodeReply), reply, name);
  }
}

Deno.test({
  name: "arguments and replies of every query come out of their encoding as they went in",
  permissions: "none",
  fn() {
    for (const name of Object.keys(QUERY_CODECS) as QueryName[]) checkName(name);
    const change = { infoHash, joined: [contact], gone: [{ ...contact, host: "2001:db8::7" }] };
    assertEquals(read(encodePeersChanged(change), readPeersChanged), change);
  },
});

/** The encodings of all samples, with what reads them. */
function* encodings(): Generator<[Body, (reader: DictionaryReader) => unknown]> {
  for (const name of Object.keys(QUERY_CODECS) as QueryName[]) yield* encodingsOf(name);
  const change = { infoHash, joined: [contact], gone: [contact] };
  yield [encodePeersChanged(change), readPeersChanged];
}

function* encodingsOf<Name extends QueryName>(
  name: Name,
): Generator<[Body, (reader: DictionaryReader) => unknown]> {
  const codec = QUERY_CODECS[name];
  for (const query of ARGUMENTS[name]) yield [codec.encodeArguments(query), codec.decodeArguments];
  for (const reply of REPLIES[name]) yield [codec.encodeReply(reply), codec.decodeReply];
}

/** Puts something else in the place of one value, chosen at random at any depth. */
function mutate(value: BencodeValue, random: () => number): BencodeValue {
  const others: BencodeValue[] = [0, -1, 2n ** 63n, new Uint8Array(3), [], new Map(), [new Map()]];
  const pick = <T>(items: readonly T[]): T | undefined => items[randomBelow(random, items.length)];
  if (value instanceof Map && value.size > 0 && random() < 0.9) {
    const copy = new Map(value);
    const [key, member] = pick([...value]) ?? ["", 0];
    if (random() < 0.2) copy.delete(key);
    else copy.set(key, mutate(member, random));
    return copy;
  }
  if (Array.isArray(value) && value.length > 0 && random() < 0.9) {
    const at = randomBelow(random, value.length);
    return value.map((item, index) => index === at ? mutate(item, random) : item);
  }
  return pick(others) ?? 0;
}

Deno.test({
  name: "a body of another shape is refused with an error that says so, never half read",
  permissions: "none",
  fn() {
    const random = seededRandom(9);
    let refused = 0;
    for (let round = 0; round < 100; round++) {
      for (const [body, readBody] of encodings()) {
        const mutated = mutate(decode(encode(body)), random);
        try {
          readBody(new DictionaryReader(mutated, "test"));
        } catch (error) {
          refused++;
          assertInstanceOf(error, Error);
          assert(["TypeError", "RangeError", "SyntaxError"].includes(baseOf(error)), `${error}`);
          assert(error.message.startsWith("Cannot "), error.message);
        }
      }
    }
    assert(refused > 500, `only ${refused} were refused`);
  },
});

function baseOf(error: Error): string {
  let prototype: object = error;
  for (let next = prototype; next !== Error.prototype;) {
    prototype = next;
    next = Object.getPrototypeOf(next);
  }
  return prototype.constructor.name;
}

Deno.test({
  name: "a report says what is held in exactly one way, of a torrent that can be",
  permissions: "none",
  fn() {
    const hash = new Uint8Array(20);
    const bad: readonly Body[] = [
      {},
      { complete: 0 },
      { complete: 1, have: "" },
      { bitfield: "x", have: "" },
      { have: "abc" },
      { complete: 1, name: "mv1.mp4" },
      { complete: 1, name: "mv1.mp4", length: 5 },
      { complete: 1, piece_length: 16_384 },
      { complete: 1, name: "../mv1", length: 5, piece_length: 16_384 },
      { complete: 1, name: "a".repeat(241), length: 5, piece_length: 16_384 },
      { complete: 1, name: "mv1.mp4", length: -1, piece_length: 16_384 },
      { complete: 1, name: "mv1.mp4", length: 5, piece_length: 8_192 },
      { complete: 1, name: "mv1.mp4", length: 5, piece_length: 20_000 },
      { complete: 1, name: "mv1.mp4", length: 2 ** 21 * 16_384 + 1, piece_length: 16_384 },
      { complete: 1, uploaded: -1 },
      { bitfield: new Uint8Array(2 ** 18 + 1) },
    ];
    const { decodeArguments } = QUERY_CODECS.update_status;
    for (const report of bad) {
      const body = { torrents: [{ info_hash: hash, ...report }] };
      assertThrows(() => read(body, decodeArguments), Error, "Cannot", JSON.stringify(report));
    }
    const largest = { name: "a".repeat(240), length: 2 ** 35, piece_length: 16_384 };
    const good = { info_hash: hash, bitfield: new Uint8Array(2 ** 18), ...largest };
    assertEquals(read({ torrents: [good] }, decodeArguments).torrents.length, 1);
  },
});

Deno.test({
  name: "lists and parts beyond their limits are refused, pages are shortened",
  permissions: "none",
  fn() {
    const hashes = (count: number): Uint8Array[] => new Array(count).fill(new Uint8Array(20));
    const status = QUERY_CODECS.update_status;
    assertEquals(read({ gone: hashes(4096) }, status.decodeArguments).gone.length, 4096);
    assertThrows(() => read({ gone: hashes(4097) }, status.decodeArguments), RangeError);
    const report = { info_hash: new Uint8Array(20), complete: 1 };
    const reports = (count: number): Body => ({ torrents: new Array(count).fill(report) });
    assertEquals(read(reports(4096), status.decodeArguments).torrents.length, 4096);
    assertThrows(() => read(reports(4097), status.decodeArguments), RangeError);
    assertThrows(() => read({ want: hashes(257) }, status.decodeReply), RangeError);

    const publish = (total: number, offset: number, length: number): unknown =>
      read({
        info_hash: new Uint8Array(20),
        total,
        offset,
        data: new Uint8Array(length),
      }, QUERY_CODECS.publish.decodeArguments);
    publish(10_485_760, 0, 524_288);
    assertThrows(() => publish(10_485_761, 0, 1), TypeError);
    assertThrows(() => publish(10_485_760, 0, 524_289), TypeError);
    assertThrows(() => publish(10, 8, 3), TypeError);
    assertThrows(() => publish(10, 11, 0), TypeError);

    assertEquals(read({}, QUERY_CODECS.list_files.decodeArguments), { ...page, name: undefined });
    assertEquals(read({ limit: 5000 }, QUERY_CODECS.get_peers.decodeArguments).limit, 1000);
  },
});

Deno.test({
  name: "a peer is at an IP address, in its one spelling, and never at a name",
  permissions: "none",
  fn() {
    const peer = (ip: string): string | undefined => {
      const joined = [{ id: new Uint8Array(20), ip, port: 1 }];
      const body = { info_hash: new Uint8Array(20), joined, gone: [] };
      return read(body, readPeersChanged).joined[0]?.host;
    };
    assertEquals(peer("192.0.2.7"), "192.0.2.7");
    assertEquals(peer("::ffff:192.0.2.7"), "192.0.2.7");
    assertEquals(peer("2001:DB8:0::7"), "2001:db8::7");
    for (const ip of ["", "localhost", "tracker.example", "1.2.3", "192.0.2.7:80", "[::1]"]) {
      assertThrows(() => peer(ip), TypeError, "Cannot", ip);
    }
  },
});
