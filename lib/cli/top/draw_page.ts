import type { CatalogueEntry } from "../../tracker/mod.ts";
import { counted } from "../counted.ts";
import { fitParts, type LinePart } from "../fit_parts.ts";
import { fitText } from "../fit_text.ts";
import type { TerminalSize } from "../live_lines.ts";
import type { Paint } from "../paint.ts";
import { printable } from "../printable.ts";
import { formatBytes, formatRate } from "../units.ts";
import { drawAvailability } from "./availability.ts";
import { fileColumns } from "./draw_files.ts";
import { peerColumns } from "./draw_peers.ts";
import { layoutTable } from "./layout_table.ts";
import { scrolled } from "./scroll.ts";
import { type Seen, type SeenPeer, type SeenSwarm, totalsOf } from "./seen.ts";
import type { FileSort, PeerSort, SortOrder } from "./sort_order.ts";

/** What a page shows. */
export type PageContent =
  | { readonly page: "help" }
  | {
    readonly page: "files";
    readonly files: readonly CatalogueEntry[];
    /** Which of them is chosen. */
    readonly at: number;
    /** How many are left out above. */
    readonly offset: number;
    readonly order: SortOrder<FileSort>;
  }
  | {
    readonly page: "peers";
    readonly file: CatalogueEntry | undefined;
    readonly swarm: SeenSwarm | undefined;
    readonly peers: readonly SeenPeer[];
    readonly offset: number;
    readonly order: SortOrder<PeerSort>;
  };

/** Where a page is drawn. */
export interface Canvas {
  readonly size: TerminalSize;
  readonly paint: Paint;
}

/** The lines of a page, and for how many rows of its list there was room. */
export interface DrawnPage {
  readonly lines: string[];
  readonly room: { readonly rows: number; readonly offset: number };
}

/** What stands in front of the row that is chosen, and of the others. */
const MARKS = { chosen: "> ", other: "  " };

/** Rows of a screen from which on it has an empty line and a line about keys. */
const ROOMY_ROWS = 8;

const HELP = [
  "up, down, j, k      choose a file, or move through the peers",
  "page up, page down  move by a page; home and end to the first and the last",
  "enter               show the peers of the file that is chosen",
  "esc                 back to the files",
  "p n s e l c r       sort files by peers, name, size, seeders, leechers, copies, rate",
  "p a c d u           sort peers by progress, address, client, rate down, rate up",
  "                    the same key again turns the order round",
  "q, Ctrl-C           quit",
  "",
  "copies       whole copies that the peers of a file hold together, and the share of",
  "             chunks of which there is one more",
  "availability the copies of the rarest chunk of each part; a dot where there is none",
  "rates        from what the peers tell the tracker, which takes some a while",
];

/** Draws a page: what there is in all, a list, and the keys. */
export function drawPage(seen: Seen, content: PageContent, { size, paint }: Canvas): DrawnPage {
  const cells = size.columns;
  const isRoomy = size.rows >= ROOMY_ROWS;
  const head = [contactLine(seen, cells, paint), ...headOf(seen, content, { size, paint })];
  if (isRoomy) head.push("");
  const foot = isRoomy ? [footOf(content, cells, paint)] : [];
  if (content.page === "help") {
    const text = HELP.map((line) => fitText(line, cells));
    const lines = [...head, ...text].slice(0, size.rows - foot.length);
    return { lines: [...lines, ...foot], room: { rows: 1, offset: 0 } };
  }
  const rows = Math.max(0, size.rows - head.length - foot.length - 1);
  const table = content.page === "files"
    ? filesTable(seen, content, { rows, cells, paint })
    : peersTable(content, { rows, cells, paint });
  const lines = [...head, ...table.lines].slice(0, Math.max(0, size.rows - foot.length));
  // What there is to say about keys stands at the bottom of the screen.
  while (isRoomy && lines.length < size.rows - foot.length) lines.push("");
  return { lines: [...lines, ...foot], room: { rows, offset: table.offset } };
}

function contactLine({ tracker, contact }: Seen, cells: number, paint: Paint): string {
  if (contact.state === "lost") {
    const text = `Lost the tracker: ${printable(contact.reason)}; trying again`;
    return fitParts([{ text, rank: 0, tone: "bad" }], cells, paint);
  }
  return fitParts(
    [
      { text: "sluice top", rank: 2, tone: "faint" },
      { text: `tracker ${tracker}`, rank: 0, tone: "strong" },
      { text: "connected", rank: 1, tone: "good" },
    ],
    cells,
    paint,
  );
}

function headOf(seen: Seen, content: PageContent, { size, paint }: Canvas): string[] {
  if (size.rows < 4) return [];
  if (content.page !== "peers") return [totalsLine(seen, size.columns, paint)];
  const { file, swarm } = content;
  if (file === undefined) {
    return [fitParts([{ text: "The tracker does not know this file", rank: 0 }], size.columns)];
  }
  const line = fitParts(
    [
      { text: printable(file.name), rank: 0, tone: "strong" },
      { text: formatBytes(file.length), rank: 4 },
      { text: counted(file.pieces, "chunk"), rank: 5 },
      ...peopleOf(file),
      { text: `${(file.availability / 1000).toFixed(2)} copies`, rank: 3 },
      { text: swarm === undefined ? "" : formatRate(swarm.downRate), rank: 1 },
    ],
    size.columns,
    paint,
  );
  if (size.rows < 6 || swarm === undefined) return [line];
  return [line, paint.busy(drawAvailability(swarm.copies, Math.min(160, size.columns)))];
}

function totalsLine(seen: Seen, cells: number, paint: Paint): string {
  const totals = totalsOf(seen);
  return fitParts(
    [
      { text: counted(totals.files, "file"), rank: 0, tone: "strong" },
      { text: formatBytes(totals.bytes), rank: 5 },
      { text: counted(totals.peers, "peer"), rank: 1 },
      ...peopleOf(totals),
      { text: formatRate(totals.downRate), rank: 2 },
    ],
    cells,
    paint,
  );
}

function peopleOf(
  { seeders, leechers }: { readonly seeders: number; readonly leechers: number },
): LinePart[] {
  return [
    { text: counted(seeders, "seeder"), rank: 3 },
    { text: counted(leechers, "leecher"), rank: 4 },
  ];
}

function footOf(content: PageContent, cells: number, paint: Paint): string {
  const keys: Record<PageContent["page"], LinePart[]> = {
    help: [{ text: "any key goes back", rank: 0 }],
    files: [
      { text: "up/down choose", rank: 3 },
      { text: "enter peers", rank: 2 },
    ],
    peers: [
      { text: "up/down move", rank: 3 },
      { text: "esc back", rank: 2 },
    ],
  };
  const sorted: LinePart[] = content.page === "help" ? [] : [{
    text: `by ${content.order.by}${content.order.direction === "reversed" ? ", reversed" : ""}`,
    rank: 4,
  }];
  const parts = [
    ...keys[content.page],
    ...sorted,
    { text: content.page === "help" ? "" : "? help", rank: 1 },
    { text: "q quit", rank: 0 },
  ];
  return paint.faint(fitParts(parts, cells));
}

/** What is left of the screen for a table. */
interface TableRoom {
  readonly rows: number;
  readonly cells: number;
  readonly paint: Paint;
}

/** The head of a table and its lines, and how many are left out above. */
interface DrawnTable {
  readonly lines: readonly string[];
  readonly offset: number;
}

function filesTable(
  seen: Seen,
  { files, at, offset }: Extract<PageContent, { page: "files" }>,
  { rows, cells, paint }: TableRoom,
): DrawnTable {
  if (files.length === 0) {
    return { lines: [fitText("The tracker knows no files", cells)], offset: 0 };
  }
  const start = scrolled(offset, { at, room: rows, count: files.length });
  const shown = files.slice(start, start + rows);
  const inner = Math.max(0, cells - MARKS.other.length);
  const { head, lines } = layoutTable(fileColumns(seen), shown, { cells: inner, paint });
  const marked = lines.map((line, row) => {
    const isChosen = start + row === at;
    const text = `${isChosen ? MARKS.chosen : MARKS.other}${line}`;
    return isChosen ? paint.chosen(text) : text;
  });
  const all = [paint.faint(MARKS.other + head), ...marked];
  return { lines: cells <= MARKS.other.length ? [] : all, offset: start };
}

function peersTable(
  { swarm, peers, offset, file }: Extract<PageContent, { page: "peers" }>,
  { rows, cells, paint }: TableRoom,
): DrawnTable {
  if (swarm === undefined || peers.length === 0) {
    const text = swarm === undefined && file !== undefined ? "Asking for its peers" : "No peers";
    return { lines: [fitText(text, cells)], offset: 0 };
  }
  const start = Math.max(0, Math.min(offset, peers.length - rows));
  const shown = peers.slice(start, start + rows);
  const { head, lines } = layoutTable(peerColumns(swarm), shown, { cells, paint });
  return { lines: [paint.faint(head), ...lines], offset: start };
}
