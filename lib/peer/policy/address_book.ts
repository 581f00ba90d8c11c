import { formatAddress, type PeerAddress } from "../../net/mod.ts";
import { MAX_KNOWN_ADDRESSES } from "../limits.ts";

/** The wait after a first failure to connect, in milliseconds; it doubles with each further one. */
const FIRST_RETRY_MS = 1_000;

/** The longest wait after a failure to connect, in milliseconds. */
const MAX_RETRY_MS = 60_000;

/** A connection that lasts so long makes its address's failures forgotten, in milliseconds. */
const LASTING_MS = 60_000;

/** The longest wait while there is no connection at all, in milliseconds. */
const MAX_LONELY_RETRY_MS = 4_000;

/** An address that failed so often is forgotten, unless few are known. */
const MAX_FAILURES = 8;

/** So many addresses are kept however often they fail: they may be all there is. */
const FEW = 32;

/**
 * How much a torrent needs others: nobody is there, somebody is, or nothing is wanted of anybody, and
 * only those who have just become known are tried, as they may want something.
 */
export type Company = "lonely" | "connected" | "content";

/** Where an address comes from: it was just seen, or a peer says that somebody is there. */
export type AddressOrigin = "seen" | "hearsay";

type Entry =
  & { readonly address: PeerAddress; failures: number }
  & (
    | { state: "idle" }
    | { state: "waiting"; sinceMs: number }
    | { state: "busy"; connectedMs: number }
    | { state: "barred" }
  );

/**
 * The addresses at which peers of a torrent may be reached.
 *
 * Invariant: an address is idle (may be tried now), waiting (failed, to be tried later), busy (being
 * tried, or connected) or barred (ourselves, or banned) for good.
 */
export class AddressBook {
  readonly #entries = new Map<string, Entry>();

  /** How many addresses are known. */
  get size(): number {
    return this.#entries.size;
  }

  /** The addresses that are known, but for those that are barred. */
  get addresses(): PeerAddress[] {
    return [...this.#entries.values()].filter(({ state }) => state !== "barred")
      .map(({ address }) => address);
  }

  /**
   * Notes an address. One that is waiting may be tried at once if somebody has just seen it; of a
   * peer's hearsay only what is new is noted, and not beyond half of what is remembered.
   */
  add(address: PeerAddress, origin: AddressOrigin = "seen"): void {
    const key = formatAddress(address);
    const entry = this.#entries.get(key);
    if (origin === "hearsay" && (entry || this.#entries.size >= MAX_KNOWN_ADDRESSES / 2)) return;
    if (entry?.state === "waiting") Object.assign(entry, { state: "idle", failures: 0 });
    if (entry !== undefined || address.port === 0) return;
    if (this.#entries.size >= MAX_KNOWN_ADDRESSES && !this.#evict()) return;
    this.#entries.set(key, { address, failures: 0, state: "idle" });
  }

  /** Whether there is an address to try now. When lonely, the waits are short. */
  isDue(nowMs: number, company: Company): boolean {
    return this.#due(nowMs, company) !== undefined;
  }

  /** Takes the next address to try, which is busy from now on; `undefined` if there is none now. */
  take(nowMs: number, company: Company): PeerAddress | undefined {
    const entry = this.#due(nowMs, company);
    if (entry === undefined) return undefined;
    // Goes to the end of the line, so that all have their turn.
    const key = formatAddress(entry.address);
    this.#entries.delete(key);
    this.#entries.set(key, Object.assign(entry, { state: "busy" as const, connectedMs: Infinity }));
    return entry.address;
  }

  /** Takes this address, known or not, whatever its state; it is busy from now on. */
  claim(address: PeerAddress): void {
    const key = formatAddress(address);
    if (this.#entries.size >= MAX_KNOWN_ADDRESSES && !this.#entries.has(key)) this.#evict();
    this.#entries.set(key, { address, failures: 0, state: "busy", connectedMs: Infinity });
  }

  /** Notes that the handshake with an address was done. */
  connected(address: PeerAddress, nowMs: number): void {
    const entry = this.#entries.get(formatAddress(address));
    if (entry?.state === "busy") entry.connectedMs = nowMs;
  }

  /**
   * Notes that an address could not be reached, or that its connection ended. One that ended soon
   * is a failure too: it was of no use to one of the two.
   */
  released(address: PeerAddress, nowMs: number): void {
    const entry = this.#entries.get(formatAddress(address));
    if (entry?.state !== "busy") return;
    entry.failures = nowMs - entry.connectedMs >= LASTING_MS ? 1 : entry.failures + 1;
    Object.assign(entry, { state: "waiting", sinceMs: nowMs });
    if (entry.failures >= MAX_FAILURES && this.#entries.size > FEW) {
      this.#entries.delete(formatAddress(address));
    }
  }

  /** Lets all that are waiting be tried at once. */
  forgive(): void {
    for (const entry of this.#entries.values()) {
      if (entry.state === "waiting") Object.assign(entry, { state: "idle", failures: 0 });
    }
  }

  /** Never gives out this address again: we are there ourselves, or who is there is banned. */
  bar(address: PeerAddress): void {
    const key = formatAddress(address);
    if (this.#entries.size >= MAX_KNOWN_ADDRESSES && !this.#entries.has(key)) this.#evict();
    this.#entries.set(key, { address, failures: 0, state: "barred" });
  }

  /** Forgets an address, whatever its state. */
  remove(address: PeerAddress): void {
    this.#entries.delete(formatAddress(address));
  }

  #due(nowMs: number, company: Company): Entry | undefined {
    const longest = company === "lonely" ? MAX_LONELY_RETRY_MS : MAX_RETRY_MS;
    for (const entry of this.#entries.values()) {
      if (entry.state === "idle") return entry;
      if (entry.state !== "waiting" || company === "content") continue;
      const waitMs = Math.min(longest, FIRST_RETRY_MS * 2 ** (entry.failures - 1));
      if (nowMs - entry.sinceMs >= waitMs) return entry;
    }
    return undefined;
  }

  /** Makes room by forgetting an address that failed, or else one that is barred. */
  #evict(): boolean {
    for (const state of ["waiting", "barred"]) {
      for (const [key, entry] of this.#entries) {
        if (entry.state === state) return this.#entries.delete(key);
      }
    }
    return false;
  }
}
