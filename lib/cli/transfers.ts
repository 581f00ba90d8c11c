import type { InfoHash } from "../bytes/mod.ts";
import { type Clock, setRepeating, systemClock } from "../net/mod.ts";
import type { TorrentStatus } from "../peer/mod.ts";
import type { Output } from "./output.ts";
import { usualPaint } from "./paint.ts";
import { progressLine, progressReport, servingLine, servingReport } from "./progress_text.ts";
import type { SwarmNumbers } from "./swarm_watch.ts";
import type { transfersBlock } from "./transfer_block.ts";

/** The time between two lines where there is no terminal, in milliseconds. */
const LINE_MS = { fetch: 2_000, serve: 10_000 };

/** The time between two JSON objects, in milliseconds. */
const JSON_MS = { fetch: 500, serve: 2_000 };

/** A transfer that is told of. */
export interface Transfer {
  /** How it stands. */
  status(): TorrentStatus;
  /** Whether the rest of it is fetched, or what is there is only served. */
  readonly task: "fetch" | "serve";
  /** What a tracker says of the swarm. */
  readonly swarm?: () => SwarmNumbers | undefined;
}

/** Where it is told how transfers go. */
export type TransferOutput = Pick<Output, "format" | "loudness" | "isLive" | "note" | "show">;

/**
 * Tells how transfers go: all of them together at the bottom of a terminal; elsewhere each by itself,
 * now and then, in lines or objects. What is only served is told of there only when something of it
 * has changed.
 */
export class Transfers implements Disposable {
  readonly #output: TransferOutput;
  readonly #clock: Clock;
  readonly #draw: typeof transfersBlock | undefined;
  readonly #shown = new Map<
    InfoHash,
    { readonly transfer: Transfer; readonly timer?: Disposable }
  >();
  #block: Disposable | undefined;

  private constructor(
    output: TransferOutput,
    clock: Clock,
    draw: typeof transfersBlock | undefined,
  ) {
    this.#output = output;
    this.#clock = clock;
    this.#draw = draw;
  }

  /** Makes a display that shows nothing yet. */
  static async open(output: TransferOutput, clock: Clock = systemClock): Promise<Transfers> {
    // What draws knows the widths of all characters, which nobody needs who has no terminal.
    const draw = output.isLive ? (await import("./transfer_block.ts")).transfersBlock : undefined;
    return new Transfers(output, clock, draw);
  }

  /** Whether it is told what trackers say of the swarms of what is served: lines of a log have no room. */
  get tellsSwarms(): boolean {
    const { format, loudness } = this.#output;
    return this.#draw !== undefined || (format === "json" && loudness !== "quiet");
  }

  /** Tells of a transfer until that is disposed of, or another one of the same torrent takes its place. */
  tell(transfer: Transfer): Disposable {
    const { infoHash } = transfer.status();
    this.#shown.get(infoHash)?.timer?.[Symbol.dispose]();
    const timer = this.#report(transfer);
    this.#shown.set(infoHash, { transfer, ...(timer && { timer }) });
    if (this.#draw !== undefined) this.#show(this.#draw);
    return {
      [Symbol.dispose]: () => {
        if (this.#shown.get(infoHash)?.transfer === transfer) this.#forget(infoHash);
      },
    };
  }

  /** Tells of nothing any more. */
  [Symbol.dispose](): void {
    for (const infoHash of this.#shown.keys()) this.#forget(infoHash);
  }

  /** Begins to tell of a transfer in lines or objects, if that is how it is told. */
  #report(transfer: Transfer): Disposable | undefined {
    if (this.#draw !== undefined || this.#output.loudness === "quiet") return undefined;
    const times = this.#output.format === "json" ? JSON_MS : LINE_MS;
    const report = transfer.task === "fetch" ? this.#fetching(transfer) : this.#serving(transfer);
    return setRepeating(this.#clock, report, times[transfer.task]);
  }

  #show(draw: typeof transfersBlock): void {
    const paint = usualPaint();
    this.#block ??= this.#output.show((room) => {
      const shown = [...this.#shown.values()].map(({ transfer: { status, task, swarm } }) => ({
        ...{ status: status(), task, swarm: swarm?.() },
      }));
      return draw(shown, room, paint);
    });
  }

  #fetching(transfer: Transfer): () => void {
    return () => {
      const status = transfer.status();
      this.#output.note(progressReport(status), progressLine(status));
    };
  }

  #serving(transfer: Transfer): () => void {
    let last = "";
    return () => {
      const status = transfer.status();
      const swarm = transfer.swarm?.();
      // In a log the coming and going of peers that fetch nothing is no news.
      const { uploaded, motion, upRate, peers, heldBytes } = status;
      const state = this.#output.format === "json"
        ? JSON.stringify([uploaded, motion, upRate, peers, swarm, heldBytes])
        : `${uploaded} ${motion}`;
      const isNews = state !== last && (last !== "" || uploaded > 0);
      last = state;
      if (isNews) this.#output.note(servingReport(status, swarm), servingLine(status));
    };
  }

  #forget(infoHash: InfoHash): void {
    this.#shown.get(infoHash)?.timer?.[Symbol.dispose]();
    this.#shown.delete(infoHash);
    if (this.#shown.size > 0) return;
    this.#block?.[Symbol.dispose]();
    this.#block = undefined;
  }
}
