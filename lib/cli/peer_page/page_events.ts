import type { InfoHash } from "../../bytes/mod.ts";
import { type Clock, setRepeating } from "../../net/mod.ts";
import type { PeerNode, Torrent } from "../../peer/mod.ts";
import {
  changedCells,
  changedFields,
  encodeCells,
  encodeEvent,
  errorResponse,
  EventStream,
} from "../../web/mod.ts";
import { MAX_PAGE_STREAMS } from "../limits.ts";
import { describeTransfer, heldCells, type Transfer } from "./transfer.ts";

/** The time between two events about transfers, in milliseconds. */
const STEP_MS = 1_000;

/** What a page was told of a transfer. */
interface Told {
  readonly transfer: Transfer;
  readonly cells: Uint8Array;
}

/** What {@linkcode PageEvents} tell of. */
export interface PageEventsOptions {
  readonly node: Pick<PeerNode, "torrents">;
  readonly clock: Clock;
  /** The peer itself, as `GET /api/v1/peer` has it. */
  readonly peer: () => unknown;
}

/** A transfer as it is told of whole. */
export function shownTransfer({ transfer, cells }: Told): unknown {
  return { ...transfer, map: encodeCells(cells) };
}

/** What is to be told of a torrent. */
export function lookAt(torrent: Torrent): Told {
  return { transfer: describeTransfer(torrent), cells: heldCells(torrent) };
}

/**
 * Tells pages of transfers as they change: a stream begins with all of them (`hello`), then it has what
 * changed, about once a second (`transfers`). Nobody looks while there is no stream.
 */
export class PageEvents implements Disposable {
  readonly #options: PageEventsOptions;
  readonly #streams = new Set<EventStream>();
  /** What every stream was told. */
  readonly #told = new Map<InfoHash, Told>();
  #ticking: Disposable | undefined;
  #id = 0;

  /** Makes one that tells nobody. */
  constructor(options: PageEventsOptions) {
    this.#options = options;
  }

  /** A stream of events for one more page; refused while there are too many. */
  open(): Response {
    if (this.#streams.size >= MAX_PAGE_STREAMS) {
      return errorResponse(503, "Too many pages are open: close some of them");
    }
    const { clock, peer } = this.#options;
    const stream = new EventStream({ clock, ended: () => this.#forget(stream) });
    // All streams must have been told the same before the next changes are.
    this.#tick();
    this.#streams.add(stream);
    this.#ticking ??= setRepeating(clock, () => this.#tick(), STEP_MS);
    const transfers = [...this.#told.values()].map(shownTransfer);
    stream.send(this.#encode("hello", { peer: peer(), transfers }));
    return stream.respond();
  }

  /** Tells at once that something about the peer itself, or its transfers, has changed. */
  changed(): void {
    if (this.#streams.size === 0) return;
    this.#send("peer", this.#options.peer());
    this.#tick();
  }

  /** Ends all streams. */
  [Symbol.dispose](): void {
    for (const stream of [...this.#streams]) stream.end();
  }

  #forget(stream: EventStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#ticking?.[Symbol.dispose]();
    this.#ticking = undefined;
    this.#told.clear();
  }

  #tick(): void {
    const { torrents } = this.#options.node;
    const changed: unknown[] = [];
    for (const [infoHash, torrent] of torrents) {
      const now = lookAt(torrent);
      const before = this.#told.get(infoHash);
      const change = before === undefined ? shownTransfer(now) : changeOf(before, now);
      if (change !== undefined) changed.push(change);
      this.#told.set(infoHash, now);
    }
    const gone = [...this.#told.keys()].filter((infoHash) => !torrents.has(infoHash));
    for (const infoHash of gone) this.#told.delete(infoHash);
    if (changed.length + gone.length > 0) this.#send("transfers", { changed, gone });
  }

  #send(event: string, content: unknown): void {
    const bytes = this.#encode(event, content);
    for (const stream of [...this.#streams]) stream.send(bytes);
  }

  #encode(event: string, content: unknown): Uint8Array {
    return encodeEvent({ event, id: ++this.#id, json: JSON.stringify(content) });
  }
}

/** The fields that have changed, with the info-hash; nothing if none has. */
function changeOf(before: Told, now: Told): Record<string, unknown> | undefined {
  const change: Record<string, unknown> = changedFields(before.transfer, now.transfer);
  const cells = changedCells(before.cells, now.cells);
  // A pair takes several times the place of a cell.
  if (cells.length > now.cells.length / 8) change.map = encodeCells(now.cells);
  else if (cells.length > 0) change.cells = cells;
  if (Object.keys(change).length === 0) return undefined;
  return { infoHash: now.transfer.infoHash, ...change };
}
