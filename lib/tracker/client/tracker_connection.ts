import type { InfoHash } from "../../bytes/mod.ts";
import { FrameTooLongError } from "../../framing/mod.ts";
import {
  type Clock,
  type Connection,
  type PeerAddress,
  systemClock,
  tcpTransport,
  type Transport,
  withDeadline,
} from "../../net/mod.ts";
import { DEFAULT_PAGE_ENTRIES, DIAL_TIMEOUT_MS } from "../limits.ts";
import {
  type AllPeersReply,
  type ConnectArguments,
  type ConnectReply,
  type GetTorrentArguments,
  type GetTorrentReply,
  type ListFilesArguments,
  type ListFilesReply,
  MalformedMessageError,
  type PageRange,
  type PeersChanged,
  PROTOCOL_VERSION,
  type PublishArguments,
  type PublishReply,
  type SwarmPeersReply,
  type UpdateStatusArguments,
  type UpdateStatusReply,
} from "../protocol/mod.ts";
import { QueryLink } from "./query_link.ts";
import { otherServiceOf, TrackerUnreachableError } from "./tracker_unreachable_error.ts";

/** Which tracker to connect to, and as whom. */
export interface TrackerConnectionOptions extends Omit<ConnectArguments, "version"> {
  /** Where the tracker is. */
  readonly address: PeerAddress;
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal | undefined;
  /** How the tracker is reached; TCP by default. */
  readonly transport?: Transport | undefined;
  /** The time; that of the machine by default. */
  readonly clock?: Clock | undefined;
}

/** The first page of a list, of the usual length. */
export const FIRST_PAGE: PageRange = { offset: 0, limit: DEFAULT_PAGE_ENTRIES };

/**
 * One connection to a tracker that has let us in. Each method is a query of the same name and fails
 * with a `TrackerRefusedError`, with a `TrackerUnreachableError` once the connection has ended, or
 * with a `MalformedMessageError` if the tracker talks nonsense.
 */
export class TrackerConnection implements Disposable {
  /** What the tracker said when it let us in. */
  readonly welcome: ConnectReply;
  readonly #link: QueryLink;

  private constructor(link: QueryLink, welcome: ConnectReply) {
    this.#link = link;
    this.welcome = welcome;
  }

  /**
   * Connects to a tracker and says who we are. With TCP it needs the permission `--allow-net`.
   *
   * @throws {TrackerUnreachableError} if there is no tracker, but nobody or something else
   * @throws {TrackerRefusedError} if it does not let us in
   */
  static async open(options: TrackerConnectionOptions): Promise<TrackerConnection> {
    const { address, transport = tcpTransport, clock = systemClock, signal } = options;
    const dial = async (signal: AbortSignal): Promise<Connection> => {
      const connection = await transport.dial(address, { signal });
      if (signal.aborted) connection.close();
      return connection;
    };
    const connection = await withDeadline(dial, {
      clock,
      ms: DIAL_TIMEOUT_MS,
      message: "it cannot be connected to",
      ...(signal && { signal }),
    }).catch((cause) => {
      throw new TrackerUnreachableError(address, cause);
    });
    const link = new QueryLink(connection, { address, clock });
    const abandon = (): void => link.close();
    signal?.addEventListener("abort", abandon, { once: true });
    if (signal?.aborted) abandon();
    try {
      const { peerId, port, agent, token } = options;
      const welcome = await link.query("connect", {
        peerId,
        port,
        agent,
        token,
        version: PROTOCOL_VERSION,
      });
      return new TrackerConnection(link, welcome);
    } catch (error) {
      link.close();
      throw nameStranger(error, address);
    } finally {
      signal?.removeEventListener("abort", abandon);
    }
  }

  /** Resolves, with the reason, when the connection has ended; never rejects. */
  get ended(): Promise<Error> {
    return this.#link.ended;
  }

  /** Who came to our swarms and who went; a reader that is too slow misses some. */
  get pushes(): ReadableStream<PeersChanged> {
    return this.#link.pushes;
  }

  /** Says what we hold. */
  updateStatus(query: UpdateStatusArguments): Promise<UpdateStatusReply> {
    return this.#link.query("update_status", query);
  }

  /** Hands in a part of a torrent file. */
  publish(query: PublishArguments): Promise<PublishReply> {
    return this.#link.query("publish", query);
  }

  /** Fetches a part of a torrent file. */
  getTorrent(query: GetTorrentArguments): Promise<GetTorrentReply> {
    return this.#link.query("get_torrent", query);
  }

  /** Lists torrents. */
  listFiles(query: ListFilesArguments = FIRST_PAGE): Promise<ListFilesReply> {
    return this.#link.query("list_files", query);
  }

  /** Lists the peers of a swarm, best sources first. */
  async getPeers(infoHash: InfoHash, range: PageRange = FIRST_PAGE): Promise<SwarmPeersReply> {
    const reply = await this.#link.query("get_peers", { ...range, infoHash });
    if (reply.of === "swarm") return reply;
    throw new MalformedMessageError("Cannot read answer to get_peers: pieces is missing");
  }

  /** Lists all peers. */
  async getAllPeers(range: PageRange = FIRST_PAGE): Promise<AllPeersReply> {
    const reply = await this.#link.query("get_peers", range);
    if (reply.of === "all") return reply;
    throw new MalformedMessageError("Cannot read answer to get_peers: it is of one swarm");
  }

  /** Asks whether the tracker is alive. */
  async ping(): Promise<void> {
    await this.#link.query("ping", {});
  }

  /** Ends the connection; the tracker keeps our entry until it expires. */
  async disconnect(): Promise<void> {
    await this.#link.query("disconnect", {});
    this.close();
  }

  /** Leaves all swarms and ends the connection. */
  async exit(): Promise<void> {
    await this.#link.query("exit", {});
    this.close();
  }

  /** Closes the connection without a word. Can be repeated. */
  close(): void {
    this.#link.close();
  }

  /** The same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** What a first answer that is none of a tracker is told as; other errors as they are. */
function nameStranger(error: unknown, address: PeerAddress): unknown {
  const reason = error instanceof TrackerUnreachableError ? error.cause : error;
  const isStrange = reason instanceof MalformedMessageError || reason instanceof FrameTooLongError;
  if (!isStrange) return error;
  const isKnown = reason instanceof FrameTooLongError && otherServiceOf(reason) !== undefined;
  const cause = isKnown
    ? reason
    : new Error("what answers there is no tracker of Sluice", { cause: error });
  return new TrackerUnreachableError(address, cause);
}
