import type { PeerId } from "../bytes/mod.ts";
import { AddressRefusedError, type Clock, formatAddress, type PeerAddress } from "../net/mod.ts";
import type { Refusal } from "./admission.ts";
import type { DialRules } from "./dial_rules.ts";
import type { GreetedConnection } from "./open_session.ts";
import type { PeerLink } from "./link.ts";
import { AddressBook, type AddressOrigin, BanList, type Company } from "./policy/mod.ts";

/** What a {@linkcode Connector} needs. */
export interface ConnectorOptions {
  /** Measures the waits between attempts. */
  readonly clock: Clock;
  /** Which addresses are not to be dialled. */
  readonly rules: Pick<DialRules, "refusalOf">;
  /** Connects to an address and exchanges handshakes. */
  readonly dial: (address: PeerAddress) => Promise<GreetedConnection>;
  /** Takes a connection over; says why if it is not used. */
  readonly adopt: (greeted: GreetedConnection, address: PeerAddress) => Promise<void> | Refusal;
  /** How many more connections may be opened now; is asked only when there is somebody to dial. */
  readonly room: () => number;
  /** Whether there is any connection, or no need of one. */
  readonly company: () => Company;
  /** So many of those who answer make room for the next one at once, not at the next turn; 0 by default. */
  readonly hurried?: number;
}

/** Opens connections to the addresses that become known, a few at a time, and knows who is banned. */
export class Connector {
  readonly #options: ConnectorOptions;
  #book = new AddressBook();
  readonly #bans = new BanList();
  readonly #dialling = new Set<Promise<void>>();
  /** How many have answered since there was a reason to hurry. */
  #hurried = 0;

  /** Makes a connector that knows nobody. */
  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** How many addresses are known. */
  get known(): number {
    return this.#book.size;
  }

  /** The addresses that are known, but for those that are barred. */
  get addresses(): readonly PeerAddress[] {
    return this.#book.addresses;
  }

  /**
   * Notes addresses that may be dialled, and tries them as soon as there is room; those that are only
   * a peer's hearsay at the next turn, or he could have any number of them dialled in no time.
   */
  add(addresses: Iterable<PeerAddress>, origin: AddressOrigin = "seen"): void {
    const { rules } = this.#options;
    for (const address of addresses) {
      if (rules.refusalOf(address) === undefined) this.#book.add(address, origin);
    }
    if (origin !== "hearsay") this.connect();
  }

  /** Notes that the connection to an address has ended. */
  released(address: PeerAddress): void {
    this.#book.released(address, this.#options.clock.now());
  }

  /** Shuts out a peer that sent corrupt data; tells whether it was not shut out before. */
  shutOut({ session, dialled }: Pick<PeerLink, "session" | "dialled">): boolean {
    session.close();
    const { host } = session.remote;
    if (!this.#bans.ban(host, session.peerId, this.#options.clock.now())) return false;
    if (dialled !== undefined) this.#book.bar(dialled);
    return true;
  }

  /** Whether a peer is shut out. */
  isBanned(host: string, peerId: PeerId): boolean {
    return this.#bans.isBanned(host, peerId, this.#options.clock.now());
  }

  /** Forgets all addresses; who is shut out stays so. */
  forget(): void {
    this.#hurried = 0;
    this.#book = new AddressBook();
  }

  /** Tries again also those that failed and would wait for their turn. */
  retry(): void {
    this.#hurried = 0;
    this.#book.forgive();
    this.connect();
  }

  /** Tries as many addresses as are due; should be called every second. */
  connect(): void {
    while (this.#connectNext() === "begun") continue;
  }

  /**
   * Connects to an address now, also one that is barred or had its turn.
   *
   * @throws {AddressRefusedError} if nobody is to be dialled there
   * @throws {Error} if that fails, or the connection is not used
   */
  async open(address: PeerAddress): Promise<void> {
    const refusal = this.#options.rules.refusalOf(address);
    if (refusal !== undefined) throw new AddressRefusedError(address, refusal);
    this.#book.claim(address);
    await this.#track(this.#dial(address));
  }

  /** Is done when no attempt is under way any more. */
  async settle(): Promise<void> {
    await Promise.all(this.#dialling);
  }

  /** Begins to connect to the next address that is due. */
  #connectNext(): "begun" | "nothing to do" {
    const { clock, room, company, rules } = this.#options;
    const nowMs = clock.now();
    while (this.#book.isDue(nowMs, company()) && room() > 0) {
      const address = this.#book.take(nowMs, company());
      if (address === undefined) break;
      if (rules.refusalOf(address) === undefined) {
        void this.#track(this.#dial(address));
        return "begun";
      }
      // It was let in when it was noted.
      this.#book.remove(address);
    }
    return "nothing to do";
  }

  async #dial(address: PeerAddress): Promise<void> {
    try {
      const book = this.#book;
      const greeted = await this.#options.dial(address);
      if (book !== this.#book) {
        greeted.connection.close();
        throw new Error(`Cannot use ${formatAddress(address)}: it was forgotten meanwhile`);
      }
      this.#book.connected(address, this.#options.clock.now());
      const adopted = this.#options.adopt(greeted, address);
      if (adopted === "ourselves" || adopted === "banned") this.#book.bar(address);
      if (typeof adopted === "string") {
        throw new Error(`Cannot use ${formatAddress(address)}: ${adopted}`);
      }
    } catch (error) {
      // Whatever went wrong, the address had its chance; the book knows when to try it again. A name
      // that stands for somebody who is not let in is not tried again by itself.
      if (error instanceof AddressRefusedError) this.#book.remove(address);
      else this.released(address);
      throw error;
    }
    // One for one: addresses where nobody answers may be made up, and somebody else's.
    if (this.#hurried++ < (this.#options.hurried ?? 0)) this.#connectNext();
  }

  #track(work: Promise<void>): Promise<void> {
    const dialling = work.catch(() => undefined).finally(() => this.#dialling.delete(dialling));
    this.#dialling.add(dialling);
    return work;
  }
}
