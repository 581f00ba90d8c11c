import { equalBytes, idBytes, type InfoHash } from "../bytes/mod.ts";
import { parseInfo, type TorrentInfo } from "../metainfo/mod.ts";
import { formatAddress, isLoopback, type PeerAddress, setRepeating } from "../net/mod.ts";
import type { Refusal } from "./admission.ts";
import { Connector } from "./connector.ts";
import type { Discovery } from "./discovery.ts";
import {
  MAX_CALLERS,
  MAX_INCOMING_SOURCES,
  MAX_METADATA_PEERS,
  MAX_SOURCES,
  MAX_SOURCES_PER_ADDRESS,
  METADATA_TIMEOUT_MS,
} from "./limits.ts";
import type { GreetedConnection } from "./open_session.ts";
import { MetadataAssembly } from "./policy/mod.ts";
import { PeerSession } from "./session.ts";
import type { TorrentSurroundings } from "./surroundings.ts";
import { SwarmTickets } from "./swarm_tickets.ts";
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  EXTENSION_ID,
  PeerProtocolError,
} from "./wire/mod.ts";

/** The time between two looks at those who do not answer, in milliseconds. */
const TICK_MS = 1_000;

/** One connected peer. */
interface Contact {
  readonly session: PeerSession;
  readonly dialled: PeerAddress | undefined;
  readonly sinceMs: number;
  assembly?: MetadataAssembly;
}

/**
 * A torrent of which only the info-hash is known: looks for peers that have its metadata, and fetches
 * it from them (BEP 9).
 *
 * Each peer that is asked is asked for all of it. So one that sends it wrong is known, and is shut
 * out; and one that is slow makes way for others that wait.
 */
export class MetadataSearch implements AsyncDisposable {
  /** Of which torrent. */
  readonly infoHash: InfoHash;
  readonly #around: TorrentSurroundings;
  readonly #connector: Connector;
  readonly #contacts = new Set<Contact>();
  /** Where those who dialled us listen, as they say. */
  readonly #callers = new Map<string, PeerAddress>();
  readonly #running = new Set<Promise<void>>();
  readonly #tickets = new SwarmTickets();
  readonly #found = Promise.withResolvers<TorrentInfo>();
  readonly #ended = new AbortController();

  /**
   * Makes a search that knows nobody; {@linkcode MetadataSearch.start} sets it in motion. `onClose` is
   * called when it is closed.
   */
  constructor(infoHash: InfoHash, around: TorrentSurroundings, onClose: () => void) {
    this.infoHash = infoHash;
    this.#around = around;
    this.#ended.signal.addEventListener("abort", onClose, { once: true });
    this.#found.promise.catch(() => undefined);
    this.#connector = new Connector({
      ...{ clock: around.clock, rules: around.rules },
      dial: (address) => around.dial(address, this.#ended.signal),
      adopt: (greeted, address) => this.adopt(greeted, address),
      room: () => {
        const left = MAX_SOURCES - this.#contacts.size;
        return left > 0 ? Math.min(left, around.dialRoom()) : 0;
      },
      company: () => this.#contacts.size === 0 ? "lonely" : "connected",
    });
  }

  /**
   * What the torrent is, once a peer has given it and its hash was right.
   *
   * Rejects with a {@linkcode TorrentError} if the metadata is that of the info-hash and cannot be
   * used, and with an `Error` if the search is closed before.
   */
  get info(): Promise<TorrentInfo> {
    return this.#found.promise;
  }

  /** How many peers are connected. */
  get contacts(): number {
    return this.#contacts.size;
  }

  /** Where peers of the torrent may be, as far as was heard, for whoever goes on with it. */
  get peers(): readonly PeerAddress[] {
    return [...this.#connector.addresses, ...this.#callers.values()];
  }

  /** Begins to look for peers; must be called once. */
  start(discoveries: readonly Discovery[]): void {
    for (const discovery of discoveries) this.discoverBy(discovery);
    const ticking = setRepeating(this.#around.clock, () => this.#tick(), TICK_MS);
    this.#ended.signal.addEventListener("abort", () => ticking[Symbol.dispose](), { once: true });
  }

  /** Looks for peers by one more means; one that cannot look for a torrent by its hash alone does not. */
  discoverBy(discovery: Discovery): void {
    const ticket = discovery.seek?.(this.infoHash);
    if (ticket === undefined) return;
    this.#run(this.#tickets.follow(ticket, (found) => this.addPeers(found)));
  }

  /** Notes addresses at which peers may be found. */
  addPeers(addresses: readonly PeerAddress[]): void {
    if (!this.#ended.signal.aborted) this.#connector.add(addresses);
  }

  /**
   * Takes over a connection that was greeted for this torrent and gives the end of its service; if
   * there is a reason not to, the connection is closed and the reason given.
   */
  adopt(greeted: GreetedConnection, dialled?: PeerAddress): Promise<void> | Refusal {
    const refusal = this.#refusalOf(greeted);
    if (refusal === undefined) return this.#run(this.#talk(greeted, dialled));
    greeted.connection.close();
    return refusal;
  }

  /** Ends the search and closes every connection. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#tickets.leave();
    for (const { session } of this.#contacts) session.close();
    await this.#connector.settle();
    await Promise.all(this.#running);
    this.#found.reject(new Error(`Cannot find torrent ${this.infoHash}: the search was ended`));
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refusalOf(greeted: GreetedConnection): Refusal | undefined {
    const { connection: { remote: { host } }, theirs: { peerId }, direction } = greeted;
    if (peerId === this.#around.peerId) return "ourselves";
    if (this.#connector.isBanned(host, peerId)) return "banned";
    const all = [...this.#contacts];
    const near = all.filter(({ session }) => session.remote.host === host);
    if (near.some(({ session }) => session.peerId === peerId)) return "connected already";
    const isCrowded = !isLoopback(host) && near.length >= MAX_SOURCES_PER_ADDRESS;
    const incoming = all.filter(({ session }) => session.direction === "incoming").length;
    const isFull = this.#contacts.size >= MAX_SOURCES ||
      (direction === "incoming" && incoming >= MAX_INCOMING_SOURCES);
    return this.#ended.signal.aborted || isFull || isCrowded ? "no room" : undefined;
  }

  /** Hears what one peer has to say until it is of no use. */
  async #talk(greeted: GreetedConnection, dialled: PeerAddress | undefined): Promise<void> {
    const { clock, client, listenPort } = this.#around;
    const session = new PeerSession(greeted, {
      ...{ clock, client, listenPort },
      takes: ["sl_ping", "ut_metadata"],
      appetite: "pieces",
      source: { read: () => Promise.reject(new Error("Cannot serve: nothing is held")) },
      onUpload: () => undefined,
    });
    const contact: Contact = { session, dialled, sinceMs: clock.now() };
    this.#contacts.add(contact);
    if (session.isFast) session.outgoing.send({ type: "have-none" });
    try {
      for await (const batch of session.messages()) {
        for (const message of batch) {
          const isOurs = message.type === "extended" && message.id === EXTENSION_ID.ut_metadata;
          if (isOurs) this.#take(contact, message.payload);
        }
        this.#noteCaller(contact);
        this.#ask(contact);
        if (contact.assembly?.isComplete) return await this.#check(contact, contact.assembly);
      }
    } catch {
      // Who breaks the protocol, or is gone, is no source; there are others, or there will be.
    } finally {
      session.close();
      this.#contacts.delete(contact);
      if (dialled !== undefined) this.#connector.released(dialled);
      for (const other of this.#contacts) this.#askOrLeave(other);
    }
  }

  /** Notes where a peer can be reached that came by itself: nobody else may have told of it. */
  #noteCaller({ session: { remote: { host }, extended: { port } }, dialled }: Contact): void {
    if (dialled !== undefined || port === undefined || this.#callers.size >= MAX_CALLERS) return;
    const address = { host, port };
    this.#callers.set(formatAddress(address), address);
  }

  #take({ session, assembly }: Contact, payload: Uint8Array): void {
    const message = decodeMetadataMessage(payload);
    if (message?.type === "request") {
      const reject = encodeMetadataMessage({ type: "reject", piece: message.piece });
      session.sendExtended("ut_metadata", reject);
    } else if (message?.type === "reject") {
      throw new PeerProtocolError("Cannot fetch metadata: the peer does not give it");
    } else if (message !== undefined) {
      if (assembly === undefined) {
        throw new PeerProtocolError("Cannot take metadata: not asked for");
      }
      assembly.receive(message, this.#around.clock.now());
    }
  }

  /**
   * Asks a peer for what is to be asked next, if it is its turn.
   *
   * @throws {PeerProtocolError} if it has more than is ever fetched
   */
  #ask(contact: Contact): void {
    const { session } = contact;
    const { metadataSize } = session.extended;
    const asked = [...this.#contacts].filter(({ assembly }) => assembly !== undefined);
    const isTurn = contact.assembly !== undefined || asked.length < MAX_METADATA_PEERS;
    if (metadataSize === undefined || !hasMetadata(contact) || !isTurn) return;
    contact.assembly ??= new MetadataAssembly(metadataSize, this.#around.clock.now());
    for (const piece of contact.assembly.next()) {
      const request = encodeMetadataMessage({ type: "request", piece });
      session.sendExtended("ut_metadata", request);
    }
  }

  #askOrLeave(contact: Contact): void {
    try {
      this.#ask(contact);
    } catch {
      contact.session.close();
    }
  }

  /** Takes the metadata if it is that of the info-hash, and shuts its sender out if not. */
  async #check({ session, dialled }: Contact, { bytes }: MetadataAssembly): Promise<void> {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
    if (!equalBytes(hash, idBytes(this.infoHash))) {
      this.#connector.shutOut({ session, dialled });
      return;
    }
    try {
      this.#found.resolve(await parseInfo(bytes, `metadata of torrent ${this.infoHash}`));
    } catch (error) {
      this.#found.reject(error);
    }
  }

  #tick(): void {
    const nowMs = this.#around.clock.now();
    const waiting =
      [...this.#contacts].filter((contact) =>
        contact.assembly === undefined && hasMetadata(contact)
      ).length;
    let overdue = waiting;
    for (const contact of this.#contacts) {
      const { session, assembly, sinceMs } = contact;
      const isUseless = !hasMetadata(contact) && nowMs - sinceMs >= METADATA_TIMEOUT_MS;
      const makesWay = overdue > 0 && assembly?.isOverdue(nowMs);
      if (makesWay) overdue--;
      const isOut = !this.#around.rules.admits(session.remote.host);
      if (isOut || isUseless || makesWay || assembly?.isStalled(nowMs)) session.close();
      else session.checkIdle();
    }
    this.#connector.connect();
  }

  #run(work: Promise<void>): Promise<void> {
    const running = work.finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }
}

/** Whether a peer says that it has the metadata, and takes questions for it. */
function hasMetadata({ session }: Contact): boolean {
  return session.extended.metadataSize !== undefined && session.knows("ut_metadata");
}
