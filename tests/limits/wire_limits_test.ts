import { assertEquals, assertThrows } from "@std/assert";
import { peerIdFromHex, quoteText } from "../../lib/bytes/mod.ts";
import { MAX_QUOTED_LENGTH } from "../../lib/bytes/limits.ts";
import {
  FileSelectionError,
  MagnetError,
  MAX_MAGNET_LENGTH,
  parseFileIndices,
  parseMagnet,
} from "../../lib/metainfo/mod.ts";
import {
  MAX_CLIENT_BYTES,
  MAX_COOKIE_LENGTH,
  MAX_EXCHANGED_PEERS,
  MAX_GREETING_DEPTH,
  MAX_GREETING_VALUES,
  MAX_GUIDED_PIECES,
  MAX_HEARD_ANNOUNCE,
  MAX_PAYLOAD_DEPTH,
  MAX_PAYLOAD_VALUES,
} from "../../lib/peer/limits.ts";
import {
  decodeConduct,
  decodeExtendedHandshake,
  decodeGuide,
  decodeMetadataMessage,
  decodePeerExchange,
  decodePing,
  encodeConduct,
  encodeGuide,
  encodePeerExchange,
  parseLocalAnnounce,
  PeerProtocolError,
} from "../../lib/peer/wire/mod.ts";

const ascii = new TextEncoder();

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

/** A list that nests so deep in all, for a place that is so deep already. */
function nested(depth: number, inside: number): string {
  const levels = depth - inside;
  return "l".repeat(levels) + "e".repeat(levels);
}

pure("A message quotes 120 characters of a stranger's text, and of a longer one these", () => {
  const longest = "x".repeat(MAX_QUOTED_LENGTH);
  assertEquals(quoteText(longest), `"${longest}"`);
  assertEquals(quoteText(`${longest}y`), `"${longest}..."`);
});

pure("A magnet link has 65,536 characters at most, and so has its list of files", () => {
  const link = `magnet:?xt=urn:btih:${"a".repeat(40)}&x=`;
  const longest = link.padEnd(MAX_MAGNET_LENGTH, "y");
  assertEquals(parseMagnet(longest).trackers, []);
  assertThrows(() => parseMagnet(`${longest}y`), MagnetError, "longer than");
  const list = "0,".repeat(MAX_MAGNET_LENGTH / 2 - 1) + "10";
  assertEquals(list.length, MAX_MAGNET_LENGTH);
  assertEquals(parseFileIndices(list, 11), new Set([0, 10]));
  assertThrows(() => parseFileIndices(`0${list}`, 11), FileSelectionError, "longer than");
});

pure("A guide names a thousand pieces at most, and so does a conductor", () => {
  const sevens = (count: number) => new Array<number>(count).fill(7);
  const naming = (count: number) => encodeGuide({ choice: "guided", pieces: sevens(count) });
  assertEquals(decodeGuide(naming(MAX_GUIDED_PIECES)).pieces.length, MAX_GUIDED_PIECES);
  assertThrows(() => decodeGuide(naming(MAX_GUIDED_PIECES + 1)), PeerProtocolError, "more than");
  const peerId = peerIdFromHex("7".repeat(40));
  const conduct = (count: number) =>
    decodeConduct(encodeConduct({ type: "fetch", peerId, pieces: sevens(count) }));
  const most = conduct(MAX_GUIDED_PIECES);
  assertEquals(most, { type: "fetch", peerId, pieces: sevens(MAX_GUIDED_PIECES) });
  assertThrows(() => conduct(MAX_GUIDED_PIECES + 1), PeerProtocolError, "more than");
});

pure("Of each list of a peer exchange 200 entries are read, and none behind them", () => {
  const peers = Array.from({ length: MAX_EXCHANGED_PEERS + 1 }, (_, at) => ({
    ...{ host: `10.0.${at >> 8}.${at & 255}`, port: 6_881 },
    traits: new Set<never>(),
  }));
  const most = peers.slice(0, -1);
  const { added, dropped } = decodePeerExchange(
    encodePeerExchange({ added: most, dropped: peers }),
  );
  assertEquals([added.length, dropped.length], [MAX_EXCHANGED_PEERS, MAX_EXCHANGED_PEERS]);
  assertEquals(dropped.at(-1), { host: most.at(-1)!.host, port: 6_881 });
});

pure("A local announce of others has 2,048 bytes at most, and its cookie 256 characters", () => {
  const head = `BT-SEARCH * HTTP/1.1\r\nPort: 1\r\nInfohash: ${"a".repeat(40)}\r\n`;
  const longest = ascii.encode(`${head}\r\n\r\n`.padEnd(MAX_HEARD_ANNOUNCE, "z"));
  assertEquals(parseLocalAnnounce(longest).port, 1);
  const longer = ascii.encode(`${head}\r\n\r\n`.padEnd(MAX_HEARD_ANNOUNCE + 1, "z"));
  assertThrows(() => parseLocalAnnounce(longer), PeerProtocolError, "2049 bytes");
  const cookieOf = (length: number) =>
    parseLocalAnnounce(ascii.encode(`${head}cookie: ${"c".repeat(length)}\r\n\r\n`)).cookie;
  assertEquals(cookieOf(MAX_COOKIE_LENGTH)?.length, MAX_COOKIE_LENGTH);
  assertEquals(cookieOf(MAX_COOKIE_LENGTH + 1), undefined);
});

pure(
  "An extended handshake nests 10 deep and has 1,000 values at most, its client 256 bytes",
  () => {
    const read = (text: string) => decodeExtendedHandshake(ascii.encode(text));
    read(`d1:x${nested(MAX_GREETING_DEPTH, 1)}e`);
    assertThrows(() => read(`d1:x${nested(MAX_GREETING_DEPTH + 1, 1)}e`), PeerProtocolError);
    // The dictionary and the list are values, too.
    read(`d1:xl${"i1e".repeat(MAX_GREETING_VALUES - 2)}ee`);
    assertThrows(() => read(`d1:xl${"i1e".repeat(MAX_GREETING_VALUES - 1)}ee`), PeerProtocolError);
    const clientOf = (length: number) => read(`d1:v${length}:${"v".repeat(length)}e`).client;
    assertEquals(clientOf(MAX_CLIENT_BYTES)?.length, MAX_CLIENT_BYTES);
    assertEquals(clientOf(MAX_CLIENT_BYTES + 1), undefined);
  },
);

const PAYLOADS: Readonly<
  Record<string, readonly [read: (bytes: Uint8Array) => unknown, members: string]>
> = {
  "about metadata": [decodeMetadataMessage, "8:msg_typei0e5:piecei0e"],
  "of peer exchange": [decodePeerExchange, "5:added0:"],
  "of our ping": [decodePing, "4:pingi7e"],
};

for (const [what, [decode, members]] of Object.entries(PAYLOADS)) {
  pure(`A message ${what} nests 4 deep and has 64 values at most`, () => {
    const read = (rest: string) => decode(ascii.encode(`d${members}${rest}e`));
    read(`1:z${nested(MAX_PAYLOAD_DEPTH, 1)}`);
    assertThrows(() => read(`1:z${nested(MAX_PAYLOAD_DEPTH + 1, 1)}`), PeerProtocolError);
    const used = 2 + (members.match(/i\de|0:/g)?.length ?? 0);
    read(`1:zl${"i1e".repeat(MAX_PAYLOAD_VALUES - used)}e`);
    const more = `1:zl${"i1e".repeat(MAX_PAYLOAD_VALUES - used + 1)}e`;
    assertThrows(() => read(more), PeerProtocolError);
  });
}
