import { infoHashFromHex, peerIdFromBytes } from "../../../lib/bytes/mod.ts";
import { encodeFrame } from "../../../lib/framing/mod.ts";
import { createInfo, encodeTorrent } from "../../../lib/metainfo/mod.ts";
import { FakeClock, MemoryNetwork } from "../../../lib/net/mod.ts";
import {
  type ArgumentsOf,
  encodeMessage,
  PROTOCOL_VERSION,
  QUERY_CODECS,
  type QueryCodec,
  type QueryName,
  type ReplyOf,
  serveTracker,
} from "../../../lib/tracker/mod.ts";
import { RawClient } from "../raw_client.ts";

/** The frames of one conversation, by the names that the protocol document gives them. */
export type Transcript = ReadonlyMap<string, Uint8Array>;

const ascii = new TextEncoder();

/** Holds the conversation of the protocol document with a tracker, and takes it down. */
export async function runTranscript(): Promise<Transcript> {
  const frames = new Map<string, Uint8Array>();
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  const host = "192.0.2.10";
  await using tracker = serveTracker({ host, transport: network.host(host), clock });

  async function dial(from: string): Promise<RawClient> {
    return await RawClient.dial(network.host(from), tracker.address);
  }
  async function hear(name: string, client: RawClient): Promise<void> {
    frames.set(name, encodeFrame(await client.nextPayload() ?? new Uint8Array(0)));
  }
  async function say(name: string, client: RawClient, frame: Uint8Array): Promise<void> {
    frames.set(name, frame);
    await client.sendBytes(frame);
  }

  let transaction = 0;
  async function exchange<Name extends QueryName>(
    name: string,
    client: RawClient,
    query: Name,
    content: ArgumentsOf<Name>,
  ): Promise<void> {
    const codec: QueryCodec<ArgumentsOf<Name>, ReplyOf<Name>> = QUERY_CODECS[query];
    const body = codec.encodeArguments(content);
    const payload = encodeMessage({ type: "query", transaction, name: query, content: body });
    transaction++;
    await say(name, client, encodeFrame(payload));
    await hear(`${name}-reply`, client);
  }

  const info = await createInfo({
    name: "mv1.mp4",
    shape: "file",
    files: [{ path: [], length: 20_000 }],
    pieceLength: 16_384,
    pieceHashes: ascii.encode("first-sha1-hash-hereother-sha1-hash-here"),
  });
  const { infoHash } = info;
  const shape = { name: "mv1.mp4", length: 20_000, pieceLength: 16_384 };
  const file = encodeTorrent({ info });

  using alice = await dial("192.0.2.21");
  await exchange("alice-connect", alice, "connect", {
    peerId: peerIdFromBytes(ascii.encode("-SL0100-aliceALICE01")),
    port: 6881,
    agent: "Sluice/0.1.0",
    token: "open sesame",
    version: PROTOCOL_VERSION,
  });
  await exchange("alice-update", alice, "update_status", {
    torrents: [{ infoHash, shape, held: { kind: "complete" }, uploaded: 0, downloaded: 0 }],
    gone: [],
  });
  const part = { infoHash, total: file.length, offset: 0, data: file };
  await exchange("alice-publish", alice, "publish", part);
  await clock.advance(200);

  using bob = await dial("192.0.2.22");
  await exchange("bob-connect", bob, "connect", {
    peerId: peerIdFromBytes(ascii.encode("-XY0001-bobBOBbobBOB")),
    port: 6882,
    agent: "Other/1",
    version: PROTOCOL_VERSION,
  });
  await exchange("bob-get-torrent", bob, "get_torrent", { name: "mv1.mp4", offset: 0 });
  await exchange("bob-update", bob, "update_status", {
    torrents: [{ infoHash, shape, held: { kind: "bitfield", bytes: Uint8Array.of(0) } }],
    gone: [],
  });
  await exchange("bob-get-peers", bob, "get_peers", { infoHash, offset: 0, limit: 50 });
  await clock.advance(200);
  await hear("alice-peers-changed", alice);
  await exchange("alice-get-all-peers", alice, "get_peers", { offset: 0, limit: 50 });
  await exchange("bob-have", bob, "update_status", {
    torrents: [{ infoHash, held: { kind: "have", pieces: [0] }, downloaded: 16_384 }],
    gone: [],
  });
  await exchange("alice-list-files", alice, "list_files", { offset: 0, limit: 50 });

  await clock.advance(31_000);
  await hear("tracker-ping", bob);
  await say("tracker-ping-reply", bob, encodeFrame(ascii.encode("d1:rde1:ti0ee")));
  await say("bob-wish", bob, encodeFrame(ascii.encode("d1:ad5:stylei1ee1:q5:dance1:ti77ee")));
  await hear("bob-wish-error", bob);
  const stranger = infoHashFromHex("00".repeat(20));
  await exchange("bob-get-unknown", bob, "get_torrent", { infoHash: stranger, offset: 0 });
  await exchange("bob-leave", bob, "update_status", { torrents: [], gone: [infoHash] });
  await exchange("bob-disconnect", bob, "disconnect", {});

  using carol = await dial("192.0.2.23");
  await say("carol-nonsense", carol, encodeFrame(ascii.encode("d1:ti5ee")));
  await hear("carol-nonsense-error", carol);
  return frames;
}
