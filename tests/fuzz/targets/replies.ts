import { encode } from "../../../lib/bencode/mod.ts";
import { concatBytes } from "../../../lib/bytes/mod.ts";
import { encodeFrame } from "../../../lib/framing/mod.ts";
import { encodeTorrent, TorrentError } from "../../../lib/metainfo/mod.ts";
import {
  FakeClock,
  followRedirects,
  MAX_REDIRECTS,
  MemoryNetwork,
  placeOf,
  RedirectError,
} from "../../../lib/net/mod.ts";
import { describeError } from "../../../lib/cli/describe_error.ts";
import {
  type AnnounceResult,
  type Body,
  decodeHttpAnnounceReply,
  decodeUdpAnswer,
  encodeMessage,
  encodePeersChanged,
  MalformedMessageError,
  PEERS_CHANGED,
  QUERY_CODECS,
  TrackerClient,
  TrackerRefusedError,
  TrackerUnreachableError,
} from "../../../lib/tracker/mod.ts";
import {
  encodeUdpAnnounceReply,
  encodeUdpConnectReply,
  encodeUdpError,
} from "../../../lib/tracker/protocol/udp_reply.ts";
import { SampleMember } from "../../tracker/sample_member.ts";
import { sampleInfo, samplePeerId } from "../../tracker/sample_torrents.ts";
import { textOf } from "../mutate_text.ts";
import { type Attempt, checkLine, cut, type FuzzTarget, promise, refused } from "../target.ts";

const utf8 = new TextEncoder();
const V4 = Uint8Array.of(192, 0, 2, 7, 0x1a, 0xe1, 192, 0, 2, 8, 0, 0);
const V6 = Uint8Array.of(0x20, 1, 0xd, 0xb8, ...new Uint8Array(11), 7, 0x1a, 0xe1);

const HTTP_REPLIES = [
  encode({
    ...{ complete: 3, incomplete: 4, interval: 1_800, "min interval": 60, peers: V4, peers6: V6 },
    ...{ "external ip": V4.subarray(0, 4), "tracker id": "again", "warning message": "be quick" },
  }),
  encode({
    interval: 9,
    peers: [{ ip: "192.0.2.7", "peer id": "x".repeat(20), port: 6_881 }, { ip: "::1", port: 1 }],
  }),
  encode({ "failure reason": "torrent not registered" }),
  utf8.encode("d8:intervali1e5:peers0:e\r\n"),
];

/** What an announce brings, whichever tracker gave it. */
function checkResult({ intervalS, minIntervalS, peers }: AnnounceResult): void {
  promise(intervalS >= 1 && intervalS <= 86_400, `the interval is ${intervalS}`);
  promise((minIntervalS ?? 1) >= 1 && (minIntervalS ?? 1) <= 86_400, "the least interval");
  promise(peers.every(({ port }) => port >= 1 && port <= 65_535), "a peer has no port");
}

/** What a tracker has to say itself is shown as one line, whatever it is. */
function refusedByTracker(error: unknown, ...classes: Parameters<typeof refused>[1][]): Attempt {
  if (!(error instanceof TrackerRefusedError)) return refused(error, ...classes);
  const shown = describeError(error);
  if (shown !== "") checkLine(shown.replaceAll(/./gsu, "x"));
  return { outcome: "refused", made: shown };
}

function attemptHttp(bytes: Uint8Array): Attempt {
  try {
    const result = decodeHttpAnnounceReply(bytes);
    checkResult(result);
    return { outcome: "accepted", made: result };
  } catch (error) {
    return refusedByTracker(error, MalformedMessageError);
  }
}

function attemptUdp(bytes: Uint8Array): Attempt {
  for (const family of ["ipv4", "ipv6"] as const) {
    try {
      const answer = decodeUdpAnswer(bytes, 5, family);
      if (answer?.type === "announced") checkResult(answer.result);
      if (answer !== undefined) return { outcome: "accepted", made: answer };
    } catch (error) {
      refusedByTracker(error, MalformedMessageError);
    }
  }
  return { outcome: "refused" };
}

/** A server that sends on to each of the lines in turn. */
async function attemptRedirects(bytes: Uint8Array): Promise<Attempt> {
  const lines = textOf(bytes).split("\n");
  const asked: string[] = [];
  const get = (url: string): Promise<Response> => {
    const location = lines[asked.length];
    asked.push(url);
    if (location === undefined) return Promise.resolve(new Response("end"));
    try {
      return Promise.resolve(new Response(null, { status: 302, headers: { location } }));
    } catch {
      // No server can send such a header.
      return Promise.resolve(new Response("end"));
    }
  };
  try {
    await followRedirects("http://tracker.example/announce", {}, { get });
    return { outcome: "accepted", made: asked };
  } catch (error) {
    return refused(error, RedirectError);
  } finally {
    promise(asked.length <= MAX_REDIRECTS + 1, `it asked ${asked.length} times`);
    for (const url of asked) {
      const { protocol, hostname } = new URL(url);
      promise(/^https?:$/.test(protocol), `it asked by ${protocol}`);
      promise(placeOf(hostname) === "anywhere", `it asked ${hostname}`);
    }
  }
}

const INFO = await sampleInfo("film.mp4", 9);
const { infoHash } = INFO;
const FILE = encodeTorrent({ info: INFO });
const CONTACT = { id: samplePeerId(3), host: "192.0.2.3", port: 6_883 };
const PAGE = { total: 1, offset: 0 };

const WELCOME: Body = {
  ...{ address: "192.0.2.2:7", interval: 30, grace: 30, peers_known: 1, torrents_known: 0 },
};

/** Answers in the order in which the client asks. */
const CONTENTS: readonly Body[] = [
  WELCOME,
  QUERY_CODECS.list_files.encodeReply({
    ...PAGE,
    files: [{
      ...{ infoHash, name: "film.mp4", length: INFO.layout.totalLength },
      ...{
        pieceLength: INFO.pieceLength,
        pieces: 9,
        seeders: 1,
        leechers: 0,
        availability: 1,
        completions: 1,
      },
      state: "published",
    }],
  }),
  QUERY_CODECS.get_peers.encodeReply({
    ...{ of: "swarm", ...PAGE, pieceCount: 9 },
    peers: [
      { ...CONTACT, agent: "Test/3", pieces: "complete", uploaded: 0, downloaded: 0 },
      { ...CONTACT, agent: "x", pieces: Uint8Array.of(1, 0x80), uploaded: 0, downloaded: 0 },
    ],
  }),
  QUERY_CODECS.get_peers.encodeReply({
    ...{ of: "all", ...PAGE },
    peers: [{ ...CONTACT, agent: "Test/3", torrents: [{ infoHash, held: 3, pieces: 9 }] }],
  }),
  QUERY_CODECS.get_torrent.encodeReply({
    ...{ infoHash, name: "film.mp4", total: FILE.length, offset: 0, data: FILE },
  }),
  QUERY_CODECS.update_status.encodeReply({
    ...{ want: [infoHash], resend: [infoHash] },
    refused: [{ infoHash, code: 409, text: "Cannot take it" }],
  }),
  QUERY_CODECS.publish.encodeReply({ next: FILE.length }),
];

/** What a tracker says to a client, all of it: answers, refusals, pushes, questions. */
const CONVERSATIONS = [0, 1, 2].map((shift) =>
  concatBytes([
    ...CONTENTS.map((content, at) =>
      encodeFrame(encodeMessage({ type: "reply", transaction: at + 1 + (at && shift), content }))
    ),
    ...[3, 9].map((transaction) =>
      encodeFrame(encodeMessage({ type: "error", transaction, code: 404, text: "not here\n" }))
    ),
    encodeFrame(encodeMessage({
      ...{ type: "push", name: PEERS_CHANGED },
      content: encodePeersChanged({ infoHash, joined: [CONTACT], gone: [CONTACT] }),
    })),
    encodeFrame(encodeMessage({ type: "query", transaction: 0, name: "ping", content: {} })),
    encodeFrame(encodeMessage({ type: "error", code: 400, text: "go away" })),
  ])
);

function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

/** A client that asks everything of a tracker that says what it likes, and then nothing any more. */
async function attemptTcp(bytes: Uint8Array, random: () => number): Promise<Attempt> {
  const network = new MemoryNetwork();
  const clock = new FakeClock();
  const address = { host: "192.0.2.1", port: 6_789 };
  using listener = network.host(address.host).listen(address);
  const serving = listener.accept().then(async (connection) => {
    void connection.readable.pipeTo(new WritableStream()).catch(() => undefined);
    const writer = connection.writable.getWriter();
    for (const part of cut(bytes, "random", random)) await writer.write(part).catch(() => 0);
    return connection;
  });
  const member = new SampleMember(INFO, [0, 3]);
  await using client = new TrackerClient({
    ...{ address, transport: network.host("192.0.2.2"), clock, port: 7, agent: "Test/7" },
    peerId: samplePeerId(7),
  });
  const ticket = client.join(member);
  const found: unknown[] = [];
  void ticket.peers.pipeTo(new WritableStream({ write: (peers) => void found.push(peers) }))
    .catch(() => undefined);
  const asking = Promise.allSettled([
    client.connected(),
    client.listFiles(),
    client.getPeers(infoHash),
    client.getAllPeers(),
    client.getTorrent("film.mp4"),
  ]);
  const connection = await serving;
  for (let step = 0; step < 4; step++) await clock.advance(100);
  connection.close();
  let outcomes: PromiseSettledResult<unknown>[] | undefined;
  void asking.then((settled) => outcomes = settled);
  for (let step = 0; outcomes === undefined && step < 60; step++) await clock.advance(1_000);
  // Hashing takes no time of that clock.
  for (let looks = 0; outcomes === undefined && looks < 500; looks++) await aMoment();
  promise(outcomes !== undefined, "a question has no end");
  let outcome: Attempt["outcome"] = "refused";
  for (const one of outcomes) {
    if (one.status === "fulfilled") outcome = "accepted";
    else {
      refusedByTracker(
        one.reason,
        TrackerUnreachableError,
        MalformedMessageError,
        TorrentError,
      );
    }
  }
  const closing = client.close();
  await clock.advance(2_000);
  await closing;
  return { outcome, made: [outcomes, found] };
}

/** What trackers answer to us, by each of their doors, and where they send us. */
export const REPLIES: FuzzTarget = {
  quick: 120,
  kinds: {
    http: { form: "bencode", corpus: HTTP_REPLIES, attempt: attemptHttp },
    udp: {
      form: "bytes",
      corpus: [
        encodeUdpConnectReply(5, 0x0123456789abcdefn),
        encodeUdpAnnounceReply(5, {
          ...{ intervalS: 300, minIntervalS: 60, seeders: 1, leechers: 2 },
          ...{ externalHost: undefined, peers: { form: "list", peers: [CONTACT] } },
        }, "ipv4"),
        encodeUdpError(5, "Cannot answer: no"),
      ],
      attempt: attemptUdp,
    },
    redirects: {
      form: "text",
      corpus: [
        "http://other.example/a\nhttps://third.example/b?c",
        "/there\n../here\n?x=y\n//fourth.example",
        "http://127.0.0.1/\nhttp://10.0.0.1:80/",
        "http://[::ffff:10.0.0.1]/\nftp://x/",
      ].map((text) => utf8.encode(text)),
      attempt: attemptRedirects,
    },
    tcp: { form: "frames", corpus: CONVERSATIONS, attempt: attemptTcp },
  },
};
