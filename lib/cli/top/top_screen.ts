import type { InfoHash } from "../../bytes/mod.ts";
import type { CatalogueEntry } from "../../tracker/mod.ts";
import type { TerminalSize } from "../live_lines.ts";
import { NO_PAINT, type Paint } from "../paint.ts";
import { drawPage, type PageContent } from "./draw_page.ts";
import type { Key } from "./keys.ts";
import type { Focus } from "./observer.ts";
import { scrolled } from "./scroll.ts";
import type { Seen, SeenPeer } from "./seen.ts";
import { SortedFiles } from "./sorted_files.ts";
import {
  FILE_SORTS,
  type FileSort,
  nextOrder,
  PEER_SORTS,
  type PeerSort,
  type SortOrder,
  sortPeers,
} from "./sort_order.ts";

/** Swarms of the list that are looked at in one round. */
const SWARMS_A_ROUND = 8;

/** Rows by which the keys move. */
const STEPS: Readonly<Record<string, (page: number) => number>> = {
  up: () => -1,
  down: () => 1,
  "page up": (page) => -page,
  "page down": (page) => page,
  home: () => -Infinity,
  end: () => Infinity,
};

/**
 * What is on the screen of `top`, and what keys do to it.
 *
 * Invariant: the file that was chosen stays chosen, wherever it goes in the list, as long as the
 * tracker knows it.
 */
export class TopScreen {
  #opened: InfoHash | undefined;
  #help: "shown" | "hidden" = "hidden";
  #chosen: InfoHash | undefined;
  #fileOrder: SortOrder<FileSort> = { by: "peers", direction: "usual" };
  #peerOrder: SortOrder<PeerSort> = { by: "progress", direction: "usual" };
  readonly #sorted = new SortedFiles();
  /** Rows above the first one that is shown. */
  #offset = 0;
  /** Rows that are shown. */
  #room = 1;

  /** Begins with the list of files, or with the peers of one. */
  constructor(opened?: InfoHash) {
    this.#opened = opened;
    this.#chosen = opened;
  }

  /** The file whose peers are shown, if any are. */
  get opened(): InfoHash | undefined {
    return this.#opened;
  }

  /** Which swarms are on the screen. */
  focus(seen: Seen): Focus {
    if (this.#opened !== undefined) return { listed: [], aRound: 0, opened: this.#opened };
    const { at, files } = this.#list(seen);
    const from = scrolled(this.#offset, { at, room: this.#room, count: files.length });
    const listed = files.slice(from, from + this.#room).map(({ infoHash }) => infoHash);
    return { listed, aRound: SWARMS_A_ROUND, opened: undefined };
  }

  /** Does what a key means, and says whether that is the end, or shows the peers of a file. */
  press(key: Key, seen: Seen): "goes on" | "opens" | "ends" {
    if (key === "q") return "ends";
    const before = this.#opened;
    if (this.#help === "shown" || key === "?") {
      this.#help = this.#help === "shown" ? "hidden" : "shown";
    } else if (this.#opened === undefined) this.#pressInList(key, seen);
    else this.#pressInSwarm(key);
    return this.#opened === undefined || this.#opened === before ? "goes on" : "opens";
  }

  /** The lines of the screen: never more, and none wider, than it has room for. */
  draw(seen: Seen, size: TerminalSize, paint: Paint = NO_PAINT): string[] {
    const { lines, room } = drawPage(seen, this.#content(seen), { size, paint });
    this.#room = Math.max(1, room.rows);
    this.#offset = room.offset;
    return lines;
  }

  #pressInList(key: Key, seen: Seen): void {
    const { at, files } = this.#list(seen);
    const sort = FILE_SORTS[key];
    if (sort !== undefined) this.#fileOrder = nextOrder(this.#fileOrder, sort);
    else if (key === "enter" || key === "right") {
      this.#opened = files[at]?.infoHash;
      this.#chosen = this.#opened;
      if (this.#opened !== undefined) this.#offset = 0;
    } else {
      const step = STEPS[key]?.(this.#room);
      if (step === undefined) return;
      const next = Math.max(0, Math.min(files.length - 1, at + step));
      this.#chosen = files[next]?.infoHash;
    }
  }

  #pressInSwarm(key: Key): void {
    const sort = PEER_SORTS[key];
    if (sort !== undefined) this.#peerOrder = nextOrder(this.#peerOrder, sort);
    else if (key === "escape" || key === "left") {
      this.#opened = undefined;
      this.#offset = 0;
    } else this.#offset = Math.max(0, this.#offset + (STEPS[key]?.(this.#room) ?? 0));
  }

  #content(seen: Seen): PageContent {
    if (this.#help === "shown") return { page: "help" };
    if (this.#opened === undefined) {
      const { at, files } = this.#list(seen);
      return { page: "files", files, at, offset: this.#offset, order: this.#fileOrder };
    }
    const swarm = seen.swarms.get(this.#opened);
    const peers: readonly SeenPeer[] = swarm === undefined ? [] : sortPeers(swarm, this.#peerOrder);
    const file = seen.files.find(({ infoHash }) => infoHash === this.#opened);
    return { page: "peers", file, swarm, peers, offset: this.#offset, order: this.#peerOrder };
  }

  /** The files in their order, and where the chosen one is. */
  #list(seen: Seen): { readonly files: readonly CatalogueEntry[]; readonly at: number } {
    const files = this.#sorted.of(seen, this.#fileOrder);
    const at = files.findIndex(({ infoHash }) => infoHash === this.#chosen);
    return { files, at: Math.max(0, at) };
  }
}
