import {
  type Family,
  foldMapped,
  isIpv4,
  LocalAddresses,
  type PeerAddress,
} from "../../net/mod.ts";
import { MAX_UDP_REPLY } from "../limits.ts";
import {
  type AnnounceRequest,
  decodeUdpRequest,
  encodeUdpAnnounceReply,
  encodeUdpConnectReply,
  encodeUdpError,
  encodeUdpScrapeReply,
  UDP_REPLY_HEAD_LENGTH,
  type UdpRequest,
} from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { ConnectionIds, type KeyedHash } from "../swarm/mod.ts";
import { answerAnnounce, answerScrape } from "./answer_announce.ts";
import { checkToken, pathToken } from "./check_token.ts";
import type { TrackerContext } from "./context.ts";
import type { Door } from "./door.ts";
import { createKeyedHash } from "./keyed_hash.ts";
import { type Outcome, outcomeOfError } from "./metrics/door_meter.ts";
import { refuse } from "./refuse.ts";
import { noteTooFast } from "./too_fast.ts";

/** Bytes of a peer in an announce reply. */
const PEER_LENGTH: Readonly<Record<Family, number>> = { ipv4: 6, ipv6: 18 };

/** What is said to who asks too often, in fewer bytes than any request has. */
const TOO_FAST = "Too many requests; wait";

/** What is said to who scrapes where a token is wanted. */
const SCRAPE_WITHOUT_TOKEN = "Cannot answer: a scrape by UDP has no token";

/** What is said of a torrent that is not known. */
const NOTHING = { seeders: 0, completions: 0, leechers: 0, downloaders: 0 };

/**
 * Opens the UDP door (BEP 15), with the token, if the tracker wants one, as a segment of the path that
 * an option gives (BEP 41). It needs the permission `--allow-net` and the unstable feature `net`.
 *
 * @throws {Deno.errors.AddrInUse} if somebody else listens at the port
 */
export function openUdpDoor({ host: hostname, port }: PeerAddress, context: TrackerContext): Door {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
  const requests = new UdpRequests(context, createKeyedHash());
  const served = serve(socket, requests).catch((error) => {
    context.readiness.doorShut("udp", error);
    context.events.offer({ type: "fault", error });
  });
  const { hostname: host, port: own } = socket.addr as Deno.NetAddr;
  let state: "open" | "closed" = "open";
  return {
    name: "udp",
    tls: false,
    address: { host, port: own },
    async close() {
      if (state === "open") socket.close();
      state = "closed";
      await served;
    },
  };
}

async function serve(socket: Deno.DatagramConn, requests: UdpRequests): Promise<void> {
  for await (const [bytes, sender] of socket) {
    const { hostname } = sender as Deno.NetAddr;
    const reply = requests.answer(bytes, foldMapped(hostname));
    if (reply === undefined) continue;
    // Who cannot be reached any more gets no answer; the next one may be.
    await socket.send(reply, sender).catch(() => 0);
  }
}

/** What is done about a datagram. */
interface Reaction {
  readonly outcome: Outcome;
  readonly reply?: Uint8Array<ArrayBuffer>;
}

const IGNORED: Reaction = { outcome: "ignored" };

/** Answers the datagrams of the UDP door. */
export class UdpRequests {
  readonly #context: TrackerContext;
  readonly #ids: ConnectionIds;
  readonly #locals: LocalAddresses;

  /** Makes one that answers from what a tracker knows. */
  constructor(
    context: TrackerContext,
    hash: KeyedHash,
    locals: LocalAddresses = new LocalAddresses(),
  ) {
    this.#context = context;
    this.#ids = new ConnectionIds(hash);
    this.#locals = locals;
  }

  /**
   * Answers a datagram from an IP address; gives nothing where silence is the answer: to what is no
   * request, to whose address is not let in, to whoever has no good connection id, so that nobody is
   * sent more than was sent here, and to who goes on asking too often. Before the id is known to be good
   * nothing is counted, for the address may be forged.
   */
  answer(bytes: Uint8Array, host: string): Uint8Array<ArrayBuffer> | undefined {
    const { clock, counters } = this.#context;
    const nowMs = clock.now();
    const { outcome, reply } = this.#react(bytes, host);
    counters.doors.udp.note(outcome, clock.now() - nowMs);
    return reply;
  }

  #react(bytes: Uint8Array, host: string): Reaction {
    if (!this.#context.addresses.admits(host)) return IGNORED;
    const request = decodeUdpRequest(bytes);
    if (request === undefined) return IGNORED;
    const { transaction, connectionId } = request;
    const { clock, counters, visitors } = this.#context;
    if (request.type === "connect") {
      counters.query("udp connect");
      const reply = encodeUdpConnectReply(transaction, this.#ids.issue(host, clock.now()));
      return { outcome: "answered", reply };
    }
    if (!this.#ids.isValid(connectionId, host, clock.now())) return IGNORED;
    const remote = { host, port: 0 };
    if (!visitors.mayAnnounce(host, clock.now())) {
      const isNews = noteTooFast(remote, TOO_FAST, this.#context) === "news";
      if (!isNews) return { outcome: "refused" };
      return { outcome: "refused", reply: encodeUdpError(transaction, TOO_FAST) };
    }
    try {
      return { outcome: "answered", reply: this.#reply(request, host) };
    } catch (error) {
      const { code, text } = refuse(error, { remote }, this.#context);
      return { outcome: outcomeOfError(code), reply: encodeUdpError(transaction, text) };
    }
  }

  #reply(
    request: Exclude<UdpRequest, { type: "connect" }>,
    host: string,
  ): Uint8Array<ArrayBuffer> {
    const { transaction } = request;
    const { gate, clock } = this.#context;
    if (request.type === "malformed") {
      throw new TrackerRefusedError(REFUSAL.malformed, `Cannot read request: ${request.problem}`);
    }
    this.#context.counters.query(`udp ${request.type}`);
    if (request.type === "scrape") {
      // There is no place for a token in it (BEP 15, BEP 41).
      if (!gate.isOpen) throw new TrackerRefusedError(REFUSAL.token, SCRAPE_WITHOUT_TOKEN);
      const entries = answerScrape(request.infoHashes, this.#context);
      return encodeUdpScrapeReply(transaction, entries.map((entry) => entry ?? NOTHING));
    }
    const [, token] = /^\/([^/?#]+)\/announce/.exec(request.path) ?? [];
    const { peerId } = request.request;
    checkToken(gate, pathToken(token), { host, nowMs: clock.now(), peerId });
    return this.#announce(request.request, transaction, host);
  }

  #announce(request: AnnounceRequest, transaction: number, host: string): Uint8Array<ArrayBuffer> {
    const family = isIpv4(host) ? "ipv4" : "ipv6";
    const room = Math.floor((MAX_UDP_REPLY - UDP_REPLY_HEAD_LENGTH) / PEER_LENGTH[family]);
    const local = () => this.#locals.facing(host, this.#context.clock.now());
    const takes = family === "ipv4" ? "packed" : "list";
    const reply = answerAnnounce(request, { host, local, room, takes }, this.#context);
    return encodeUdpAnnounceReply(transaction, reply, family);
  }
}
