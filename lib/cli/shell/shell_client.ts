import { basename } from "../../paths/mod.ts";
import { parseTorrent, type TorrentInfo } from "../../metainfo/mod.ts";
import type { PeerAddress } from "../../net/mod.ts";
import {
  MAX_CONNECTIONS_PER_ADDRESS,
  type PeerLink,
  type PeerNode,
  PeerProtocolError,
  type Torrent,
} from "../../peer/mod.ts";
import {
  type Library,
  openChunkStore,
  openSeedStore,
  type PieceStore,
  StorageError,
} from "../../storage/mod.ts";
import { CliError } from "../cli_error.ts";
import { isExclusive } from "../cli_node.ts";
import { EXIT } from "../exit_code.ts";
import { unlessAborted } from "../interrupt.ts";
import { keepTorrent } from "../keep_torrent.ts";
import { printable } from "../printable.ts";
import { clientName } from "./client_name.ts";
import { localHost } from "./local_host.ts";
import type { Narrator } from "./narrator.ts";
import type { ServerLink } from "./server_link.ts";
import { takeInChunks } from "./take_in_chunks.ts";

/** Why a file cannot be read that may be the right one. */
const UNREADABLE: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EMFILE", "ENFILE", "EIO"]);

/** What a {@linkcode ShellClient} is made of. */
export interface ShellClientOptions {
  /** The library whose chunks are served and fetched. */
  readonly library: Library;
  /** The peer; whoever opened it closes it. */
  readonly node: PeerNode;
  /** The way to the server. */
  readonly server: ServerLink;
  /** Tells the user what happens in the torrents. */
  readonly narrator: Narrator;
}

/** The client that a shell is: the torrents of a library, served all the while, fetched on demand. */
export class ShellClient {
  /** The library. */
  readonly library: Library;
  /** The peer. */
  readonly node: PeerNode;
  /** The way to the server. */
  readonly server: ServerLink;
  readonly #narrator: Narrator;
  readonly #torrents = new Map<string, Torrent>();
  /** Those that belong to their own trackers alone (BEP 27). */
  readonly #exclusive = new Set<Torrent>();

  /** Makes a client that has opened nothing. */
  constructor(options: ShellClientOptions) {
    this.library = options.library;
    this.node = options.node;
    this.server = options.server;
    this.#narrator = options.narrator;
  }

  /** Where others reach us: as the server sees it, or as far as this machine can tell. */
  get self(): PeerAddress {
    const { host, port } = this.node.address;
    return { host: this.server.seenAs?.host ?? localHost(host), port };
  }

  /** The open torrents by their names. */
  get torrents(): ReadonlyMap<string, Torrent> {
    return this.#torrents;
  }

  /** All connected peers, those of several torrents once for each. */
  get links(): readonly { readonly torrent: Torrent; readonly link: PeerLink }[] {
    return [...this.#torrents.values()].flatMap((torrent) =>
      torrent.links.map((link) => ({ torrent, link }))
    );
  }

  /** The links to the client at an address. */
  linksTo(address: PeerAddress): readonly { readonly torrent: Torrent; readonly link: PeerLink }[] {
    return this.links.filter(({ link }) => link.isAt(address));
  }

  /**
   * Opens every torrent in `Chunks/` that is not open, and takes in the chunk files that somebody has
   * put there; gives what went wrong with some of them.
   */
  async openAll(signal: AbortSignal): Promise<unknown[]> {
    const { library } = this;
    const faults: unknown[] = [];
    const stat = await library.layer.stat(library.chunks);
    const entries = stat === undefined ? [] : await library.layer.list(library.chunks);
    for (const { name: fileName } of entries) {
      const name = basename(fileName, ".torrent");
      if (name === fileName) continue;
      try {
        const open = this.#torrents.get(name);
        if (open === undefined) await this.#openKept(name, signal);
        else await takeInChunks(this.library, open, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        faults.push(error);
      }
    }
    return faults;
  }

  /**
   * The torrent of a name: one that is open, or one of `Chunks/`; `undefined` if there is none.
   *
   * @throws {StorageError} if it is there and cannot be opened
   */
  async kept(name: string, signal: AbortSignal): Promise<Torrent | undefined> {
    const open = this.#torrents.get(name);
    if (open !== undefined) return open;
    const { library } = this;
    if (await library.layer.stat(library.torrentPath(name)) === undefined) return undefined;
    return await this.#openKept(name, signal);
  }

  /**
   * The torrent of a name: one that is kept here, or one that the server knows, whose torrent file is
   * put into `Chunks/` then.
   *
   * @throws {CliError} if there is none
   */
  async torrentOf(name: string, signal: AbortSignal): Promise<Torrent> {
    const kept = await this.kept(name, signal);
    if (kept !== undefined) return kept;
    const { library, server } = this;
    if (server.state !== "not connected") return await this.adopt(name, signal);
    throw new CliError(
      EXIT.error,
      `Cannot find ${printable(name)}: there is no ${library.torrentPath(name)}; ` +
        "connect_server asks the server for it",
    );
  }

  /** Opens a torrent that the server knows, by name or info-hash, and keeps its torrent file. */
  async adopt(nameOrHash: string, signal: AbortSignal): Promise<Torrent> {
    const file = await this.server.fetchTorrent(nameOrHash, signal);
    const { info } = await parseTorrent(file, `torrent of ${nameOrHash}`);
    const open = this.node.torrents.get(info.infoHash);
    if (open !== undefined) return open;
    await keepTorrent(this.library, info);
    return await this.#openKept(info.name, signal);
  }

  /**
   * Connects to a client for every torrent that both have, as far as the server knows what it has;
   * one of those that is not open here is opened.
   *
   * @throws {CliError} if there is no such client, or no torrent in common but private ones
   */
  async connectTo(address: PeerAddress, signal: AbortSignal): Promise<void> {
    const torrents = await this.#inCommonWith(address, signal);
    if (torrents.length === 0) {
      throw new CliError(
        EXIT.error,
        `Cannot connect to ${clientName(address)}: no torrent is open here; ` +
          "chunk a file, or connect_server to hear of others",
      );
    }
    const open = torrents.filter((torrent) => !this.#exclusive.has(torrent));
    if (open.length === 0) {
      const [{ store }] = torrents as [Torrent];
      throw new CliError(
        EXIT.error,
        `Cannot connect to ${clientName(address)}: ${printable(store.info.name)} is private, ` +
          "its peers come from its trackers alone (BEP 27)",
      );
    }
    const attempts = open.slice(0, MAX_CONNECTIONS_PER_ADDRESS).map((torrent) =>
      unlessAborted(signal, torrent.connect(address))
    );
    const [failure, ...rest] = (await Promise.allSettled(attempts))
      .filter((outcome) => outcome.status === "rejected");
    signal.throwIfAborted();
    if (failure === undefined || rest.length + 1 < attempts.length) return;
    const { reason: cause } = failure;
    const reason = describeFailure(cause);
    throw new CliError(EXIT.error, `Cannot connect to ${clientName(address)}: ${reason}`, {
      cause,
    });
  }

  /** Closes all connections to a client. */
  async disconnectFrom(address: PeerAddress): Promise<void> {
    this.#narrator.dismiss(address);
    await Promise.all([...this.#torrents.values()].map((torrent) => torrent.disconnect(address)));
  }

  /** The torrents for which to connect to a client. */
  async #inCommonWith(address: PeerAddress, signal: AbortSignal): Promise<readonly Torrent[]> {
    const all = [...this.#torrents.values()];
    if (this.server.state !== "connected") return all;
    const holdings = await this.server.fetchHoldings(address, signal);
    const common = holdings.flatMap((infoHash) => this.node.torrents.get(infoHash) ?? []);
    const others = holdings.filter((infoHash) => !this.node.torrents.has(infoHash));
    for (const infoHash of others.slice(0, MAX_CONNECTIONS_PER_ADDRESS - common.length)) {
      try {
        common.push(await this.adopt(infoHash, signal));
      } catch (error) {
        signal.throwIfAborted();
        this.#narrator.tellFault(error);
      }
    }
    return common.length > 0 ? common : all;
  }

  async #openKept(name: string, signal: AbortSignal): Promise<Torrent> {
    const { info, trackers } = await this.library.readTorrent(name);
    if (info.name === name) {
      const belongs = isExclusive(info, trackers) ? "to its trackers" : "to all";
      return await this.#open(info, belongs, signal);
    }
    const path = this.library.torrentPath(name);
    throw new CliError(
      EXIT.badTorrent,
      `Cannot use ${path}: it is the torrent of ${
        printable(info.name)
      }, whose file should be named ` +
        `${printable(info.name)}.torrent`,
    );
  }

  async #open(
    info: TorrentInfo,
    belongs: "to its trackers" | "to all",
    signal: AbortSignal,
  ): Promise<Torrent> {
    // The store keeps its signal to give up merging, too; that of this command is for the opening.
    const opening = new AbortController();
    const giveUp = (): void => opening.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", giveUp, { once: true });
    const store = await this.#openStore(info, opening.signal)
      .finally(() => signal.removeEventListener("abort", giveUp));
    const isExclusive = belongs === "to its trackers";
    const ways = isExclusive ? { discoveries: [] } : {};
    const torrent = this.node.add(store, { intent: "order", ...ways });
    if (isExclusive) this.#exclusive.add(torrent);
    void this.#narrator.follow(torrent);
    this.#torrents.set(info.name, torrent);
    return torrent;
  }

  /** Opens the chunk files; or the file in `Original_Files/`, if that is whole and they are not. */
  async #openStore(info: TorrentInfo, signal: AbortSignal): Promise<PieceStore> {
    const { library } = this;
    await using cleanup = new AsyncDisposableStack();
    const chunks = cleanup.use(
      await openChunkStore({ library, info, intent: "serve", signal }),
    );
    const path = library.originalPath(info.name);
    if (!chunks.held.isFull && await library.layer.stat(path) !== undefined) {
      const { layer } = library;
      const original = await openSeedStore({ info, path, signal, layer }).catch((error) => {
        // A file where a folder should be is somebody else's, and the chunks are to be fetched.
        const isOther = error instanceof StorageError && !UNREADABLE.has(error.code ?? "");
        if (signal.aborted || !isOther) throw error;
      });
      if (original?.held.isFull) return original;
      await original?.close();
    }
    cleanup.move();
    return chunks;
  }
}

function describeFailure(cause: unknown): string {
  if (cause instanceof Deno.errors.ConnectionRefused) return "nobody listens there";
  if (cause instanceof PeerProtocolError) return "it has no torrent of ours, or is no such client";
  return cause instanceof Error ? cause.message : String(cause);
}
