import { concatBytes, idBytes } from "../../../lib/bytes/mod.ts";
import { LocalAddresses } from "../../../lib/net/mod.ts";
import {
  decodeUdpAnswer,
  encodeUdpAnnounce,
  encodeUdpConnect,
  MAX_UDP_REPLY,
  TrackerRefusedError,
} from "../../../lib/tracker/mod.ts";
import { createKeyedHash } from "../../../lib/tracker/server/keyed_hash.ts";
import { UdpRequests } from "../../../lib/tracker/server/udp_door.ts";
import { sampleHash, samplePeerId } from "../../tracker/sample_torrents.ts";
import { type Attempt, type FuzzTarget, promise, refused } from "../target.ts";
import { openContext, promiseNoFault } from "../tracker_context.ts";

const HOST = "192.0.2.2";

function announce(more: { numWant?: number; path?: string } = {}): Uint8Array {
  const { numWant, path = "" } = more;
  const request = {
    ...{ infoHash: sampleHash(7), peerId: samplePeerId(2), port: 6_882 },
    ...{ uploaded: 1, downloaded: 2, left: 3, event: "started" as const, numWant },
  };
  return encodeUdpAnnounce(request, { connectionId: 0n, transaction: 5, key: 9, path });
}

const SCRAPE = concatBytes([
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 5),
  idBytes(sampleHash(7)),
  idBytes(sampleHash(8)),
]);

const CORPUS = [
  encodeUdpConnect(5),
  announce(),
  announce({ numWant: 200, path: "/TOKEN/announce?a=b" }),
  announce({ path: `/${"x".repeat(600)}/announce` }),
  SCRAPE,
];

function transactionOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(12);
}

async function attempt(
  bytes: Uint8Array,
  standing: "stranger" | "known",
  token?: string,
): Promise<Attempt> {
  const context = openContext(token);
  const requests = new UdpRequests(context, createKeyedHash(), new LocalAddresses(() => []));
  const welcome = await requests.answer(encodeUdpConnect(1), HOST);
  promise(welcome !== undefined, "nobody is greeted");
  // The id of another tracker, or of another time, is as good as none.
  if (standing === "known") bytes.set(welcome.subarray(8, 8 + bytes.length));
  const reply = await requests.answer(bytes, HOST);
  context.events.end();
  await promiseNoFault(context.events.readable);
  if (reply === undefined) return { outcome: "refused" };
  promise(reply.length <= MAX_UDP_REPLY, `the answer has ${reply.length} bytes`);
  if (standing === "stranger") {
    promise(reply.length <= bytes.length, "a stranger is sent more than he sent");
  }
  try {
    const answer = decodeUdpAnswer(reply, transactionOf(bytes), "ipv4");
    const action = new DataView(reply.buffer).getUint32(0);
    promise(answer !== undefined || action === 2, "the answer is of another transaction");
    return { outcome: "accepted", made: answer };
  } catch (error) {
    return refused(error, TrackerRefusedError);
  }
}

/** The UDP door: datagrams of strangers, and of those who have a connection id. */
export const TRACKER_UDP: FuzzTarget = {
  quick: 200,
  kinds: {
    stranger: {
      form: "bytes",
      corpus: CORPUS,
      attempt: (bytes) => attempt(bytes, "stranger"),
    },
    known: { form: "bytes", corpus: CORPUS, attempt: (bytes) => attempt(bytes, "known") },
    token: { form: "bytes", corpus: CORPUS, attempt: (bytes) => attempt(bytes, "known", "TOKEN") },
  },
};
