import type { PieceIndex } from "../bytes/mod.ts";
import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import { REQUEST_TIMEOUT_MS } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import type { PieceOrders } from "./piece_orders.ts";
import type { DownloadPlan, PeerKey } from "./policy/mod.ts";
import type { Requests } from "./requests.ts";

/** What an {@linkcode Ordering} needs. */
export interface OrderingOptions {
  /** Where the pieces go. */
  readonly store: PieceStore;
  /** Measures how long nothing has come. */
  readonly clock: Clock;
  /** The connected peers, live. */
  readonly links: ReadonlyMap<PeerKey, PeerLink>;
  /** Decides what to ask whom for. */
  readonly plan: DownloadPlan;
  /** What is under way. */
  readonly requests: Requests;
  /** Those who wait for pieces. */
  readonly orders: PieceOrders;
  /** What is asked for at all. */
  readonly appetite: () => "all" | "orders" | "nothing";
  /** Tells a peer whether something is wanted of it, which may have changed, and asks for it. */
  readonly ask: (link: PeerLink) => void;
}

/** Fetches single pieces, each from the peer of whom somebody ordered it. */
export class Ordering {
  readonly #options: OrderingOptions;

  /** Makes one of whom nothing was ordered. */
  constructor(options: OrderingOptions) {
    this.#options = options;
  }

  /** Fetches a piece from one peer; see `Download.fetch`. */
  async fetch(link: PeerLink, index: PieceIndex, signal: AbortSignal): Promise<void> {
    const { store, clock, plan, orders, appetite, ask } = this.#options;
    if (store.held.has(index)) return;
    const earlier = orders.keyOf(index);
    if (earlier !== undefined) this.end(index, earlier, "it was ordered anew");
    const order = orders.place(index, link.key, clock.now());
    const giveUp = (): void => this.end(index, link.key, "it was given up");
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    else if (appetite() === "nothing") orders.refuse(index, "nothing is fetched here");
    else if (link.bits.has(index)) {
      link.allow(index);
      plan.demand(index, link.key);
      ask(link);
    } else orders.refuse(index, "the peer does not have it");
    try {
      await order;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Ends an order of a peer that is not fulfilled, if there is one. */
  end(index: PieceIndex, key: PeerKey, reason: string): void {
    const { store, links, plan, requests, orders, ask } = this.#options;
    if (orders.keyOf(index) !== key) return;
    const link = links.get(key);
    const length = store.info.layout.pieceSize(index);
    if (link !== undefined) {
      requests.cancel(link, link.window.inside({ index, begin: 0, length }));
    }
    plan.withdraw(index);
    orders.refuse(index, reason);
    if (link !== undefined) ask(link);
  }

  /** Ends all orders that are not fulfilled, but for pieces that have come. */
  endAll(reason: string): void {
    const { plan, orders } = this.#options;
    for (const { index, key } of orders.open) {
      if (!plan.isVerifying(index)) this.end(index, key, reason);
    }
  }

  /** Ends the orders of a peer that has left, but for pieces that have come. */
  leave(key: PeerKey): void {
    const { plan, orders } = this.#options;
    for (const order of orders.open) {
      const isComing = plan.isVerifying(order.index);
      if (order.key === key && !isComing) orders.refuse(order.index, "the peer has gone");
    }
  }

  /** Ends orders of which nothing has come for too long. */
  endStalled(): void {
    const { clock, orders } = this.#options;
    const nowMs = clock.now();
    for (const { index, key, heardMs } of orders.open) {
      if (nowMs - heardMs < REQUEST_TIMEOUT_MS) continue;
      this.end(index, key, `the peer sent nothing of it for ${REQUEST_TIMEOUT_MS / 1000} s`);
    }
  }
}
