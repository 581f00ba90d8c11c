import type { TorrentStatus } from "../peer/mod.ts";
import { drawChunkBar } from "./chunk_map.ts";
import { counted } from "./counted.ts";
import { fitParts, type LinePart, padCells } from "./fit_parts.ts";
import { widthOf } from "./fit_text.ts";
import type { TerminalSize } from "./live_lines.ts";
import { NO_PAINT, type Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { countPeers, isPaused, percentOf, timeLeft } from "./progress_text.ts";
import type { SwarmNumbers } from "./swarm_watch.ts";
import { formatBytes, formatDuration, formatRate } from "./units.ts";

/** One transfer, as it is shown. */
export interface ShownTransfer {
  /** How it stands. */
  readonly status: TorrentStatus;
  /** Whether the rest of it is fetched, or what is there is only served. */
  readonly task: "fetch" | "serve";
  /** What a tracker says of the swarm, if one says something. */
  readonly swarm?: SwarmNumbers | undefined;
}

/** Cells of a chunk map that are too few to show anything, and those that are enough. */
const MAP_CELLS = { min: 10, max: 120 };

/** Cells of a name that are too few to know it by, and those that are enough. */
const NAME_CELLS = { min: 8, max: 40 };

/** Cells of the percents, with a gap in front of them. */
const PERCENT_CELLS = 6;

/** What the second line of a block begins with. */
const INDENT = "  ";

/** Columns from which on a second line is set in. */
const INDENT_COLUMNS = 30;

/**
 * All transfers: two lines for each, or one if there is no room for two, and below them their totals.
 * Where not even that has room, those that move come first, and the others are counted.
 */
export function transfersBlock(
  transfers: readonly ShownTransfer[],
  { columns, rows }: TerminalSize,
  paint: Paint = NO_PAINT,
): string[] {
  const cells = columns - 1;
  const totals = transfers.length > 1 ? [totalsLine(transfers, cells, paint)] : [];
  const room = rows - totals.length;
  if (transfers.length * 2 <= room) {
    const page = pageOf(transfers, { cells, lines: 2 }, paint);
    return [...transfers.flatMap((transfer) => transferLines(transfer, page)), ...totals];
  }
  if (transfers.length <= room) {
    const page = pageOf(transfers, { cells, lines: 1 }, paint);
    return [...transfers.map((transfer) => transferLine(transfer, page)), ...totals];
  }
  if (rows < 3) return rows < 1 ? [] : totals;
  const order = transfers.toSorted((a, b) => idleness(a) - idleness(b));
  const shown = order.slice(0, room - 1);
  const more = `\u2026 and ${transfers.length - shown.length} more`;
  const page = pageOf(shown, { cells, lines: 1 }, paint);
  return [
    ...shown.map((transfer) => transferLine(transfer, page)),
    fitParts([{ text: more, rank: 0, tone: "faint" }], cells, paint),
    ...totals,
  ];
}

/** What the lines of all transfers have in common. */
interface Page {
  /** Cells of a line. */
  readonly cells: number;
  /** Cells of a name. */
  readonly nameCells: number;
  /** Its colours. */
  readonly paint: Paint;
}

/** Lays the page out for a name that may take a third of a line, or less if the numbers are there, too. */
function pageOf(
  transfers: readonly ShownTransfer[],
  { cells, lines }: { readonly cells: number; readonly lines: 1 | 2 },
  paint: Paint,
): Page {
  const widest = Math.max(...transfers.map(({ status }) => widthOf(printable(status.name))));
  const share = Math.floor(cells / (lines === 2 ? 3 : 5));
  const most = Math.max(NAME_CELLS.min, Math.min(NAME_CELLS.max, share));
  return { cells, nameCells: Math.min(widest, most), paint };
}

/** A transfer in two lines: its name and map, and its numbers. */
function transferLines(transfer: ShownTransfer, { cells, nameCells, paint }: Page): string[] {
  const indent = cells >= INDENT_COLUMNS ? INDENT : "";
  return [
    headOf(transfer, { cells, nameCells, paint }),
    indent + fitParts(factsOf(transfer), cells - indent.length, paint),
  ];
}

/** A transfer in one line. */
function transferLine(transfer: ShownTransfer, { cells, nameCells, paint }: Page): string {
  const facts = fitParts(factsOf(transfer), cells - nameCells - PERCENT_CELLS - 2, paint);
  if (facts === "") return headOf(transfer, { cells, nameCells, paint });
  const rest = cells - 2 - widthOf(facts);
  return `${headOf(transfer, { cells: rest, nameCells, paint })}  ${facts}`;
}

/** The name, as much of the map as there is room for, and how much is there. */
function headOf({ status }: ShownTransfer, { cells, nameCells, paint }: Page): string {
  const percent = `${percentOf(status)}%`;
  const room = cells - nameCells - PERCENT_CELLS;
  if (room < 0) return fitParts([{ text: percent, rank: 0 }], cells);
  const map = room > MAP_CELLS.min
    ? ` ${drawChunkBar(status.held, Math.min(MAP_CELLS.max, room - 1))}`
    : "";
  return [
    paint.strong(padCells(printable(status.name), nameCells)),
    paint[percent === "100%" ? "good" : "busy"](map),
    percent.padStart(PERCENT_CELLS),
  ].join("");
}

/** What there is to say of a transfer besides its name and map. */
function factsOf({ status, task, swarm }: ShownTransfer): LinePart[] {
  const { heldBytes, length, downRate, upRate, uploaded, obstacle } = status;
  const up: LinePart = { text: `${formatRate(upRate)} up`, rank: 4 };
  const pause: LinePart = { text: "paused", rank: -1, tone: "strong" };
  if (task === "fetch") {
    const isWaiting = obstacle !== undefined;
    const isAlone = status.peers.length === 0 && downRate === 0;
    return [
      { text: `${formatBytes(heldBytes)} of ${formatBytes(length)}`, rank: 3 },
      { text: formatRate(downRate), rank: 1 },
      { ...up, text: upRate < 1 ? "" : up.text },
      { text: countPeers(status), rank: 2 },
      isPaused(status)
        ? pause
        : isWaiting
        ? { text: timeLeft(status), rank: -1, tone: "bad" }
        : { text: isAlone ? "looking for peers" : timeLeft(status), rank: 0 },
    ];
  }
  return [
    isPaused(status) ? pause : { text: "serving", rank: 3 },
    { ...up, rank: 0 },
    { text: countPeers(status), rank: 1 },
    { text: `${formatBytes(uploaded)} sent`, rank: 2 },
    { text: swarm === undefined ? "" : describeSwarm(swarm), rank: 5, tone: "faint" },
  ];
}

/** What a tracker says of a swarm, in words. */
function describeSwarm({ seeders, leechers, copies }: SwarmNumbers): string {
  const people = `${counted(seeders, "seeder")}, ${counted(leechers, "leecher")}`;
  return `swarm: ${people}, ${copies.toFixed(2)} copies`;
}

/** The sums over all transfers. */
function totalsLine(transfers: readonly ShownTransfer[], cells: number, paint: Paint): string {
  const sum = (of: (status: TorrentStatus) => number): number =>
    transfers.reduce((sum, { status }) => sum + of(status), 0);
  const fetching = transfers.filter(({ task }) => task === "fetch");
  const left = fetching.reduce(
    (sum, { status: { length, heldBytes } }) => sum + length - heldBytes,
    0,
  );
  const downRate = sum((status) => status.downRate);
  const peers = new Set(
    transfers.flatMap(({ status: { peers } }) =>
      peers.map(({ address: { host, port } }) => `${host} ${port}`)
    ),
  );
  const done = transfers.length - fetching.length;
  const count = fetching.length === 0
    ? `${transfers.length} files`
    : `${done} of ${transfers.length} done`;
  const isFetching = fetching.length > 0;
  return fitParts(
    [
      { text: count, rank: 0, tone: "strong" },
      { text: isFetching ? formatRate(downRate) : "", rank: 1 },
      { text: `${formatRate(sum(({ upRate }) => upRate))} up`, rank: isFetching ? 5 : 1 },
      { text: countPeers({ peers: { length: peers.size } }), rank: 3 },
      { text: isFetching ? `${formatBytes(left)} missing` : "", rank: 4 },
      {
        text: isFetching ? "" : `${formatBytes(sum(({ uploaded }) => uploaded))} sent`,
        rank: 2,
      },
      fetching.every(({ status }) => isPaused(status))
        ? { text: isFetching ? "paused" : "", rank: 2, tone: "strong" }
        : { text: `${formatDuration(left / downRate)} left`, rank: 2 },
    ],
    cells,
    paint,
  );
}

/** Less for what moves. */
function idleness({ task, status: { downRate, upRate } }: ShownTransfer): number {
  if (task === "fetch") return downRate > 0 ? 0 : 1;
  return upRate > 0 ? 2 : 3;
}
