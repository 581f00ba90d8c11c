import type { InfoHash } from "../../bytes/mod.ts";
import type { CatalogueEntry } from "../../tracker/mod.ts";
import { counted } from "../counted.ts";
import { printable } from "../printable.ts";
import type { Report } from "../output.ts";
import { formatBytes, formatRate } from "../units.ts";
import { fileColumns } from "./draw_files.ts";
import { peerColumns } from "./draw_peers.ts";
import { layoutTable } from "./layout_table.ts";
import { type Seen, type SeenPeer, totalsOf } from "./seen.ts";

/** Cells of a line of a log, where nobody says how wide it may be. */
const LOG_CELLS = 160;

/** All that is shown of a tracker, and of the peers of a file if one is opened, for programs. */
export function reportTop(seen: Seen, opened: InfoHash | undefined): Report {
  const { tracker, contact, files } = seen;
  return {
    type: "top",
    tracker,
    ...contact,
    totals: rounded({ ...totalsOf(seen) }),
    swarmsSeen: seen.swarms.size,
    files: files.map((file) => reportFile(file, seen)),
    ...(opened !== undefined && {
      infoHash: opened,
      peers: seen.swarms.get(opened)?.peers.map(reportPeer) ?? [],
    }),
  };
}

/** All that is shown of a tracker, or of the peers of a file if one is opened, as lines of a log. */
export function describeTop(seen: Seen, opened: InfoHash | undefined): string {
  const { contact, tracker } = seen;
  const state = contact.state === "connected"
    ? `Tracker ${tracker}`
    : `Lost the tracker: ${printable(contact.reason)}; trying again`;
  const { files, peers, seeders, leechers, downRate } = totalsOf(seen);
  const unseen = files - seen.swarms.size;
  const totals = [
    counted(files, "file"),
    counted(peers, "peer"),
    ...peopleOf({ seeders, leechers }),
    formatRate(downRate) + (unseen > 0 ? ` in the ${seen.swarms.size} that were looked at` : ""),
  ].join(", ");
  if (opened === undefined) {
    const { head, lines } = layoutTable(fileColumns(seen), seen.files, { cells: LOG_CELLS });
    return [state, totals, ...(files === 0 ? [] : [head, ...lines])].map(trimmed).join("\n");
  }
  const swarm = seen.swarms.get(opened);
  const file = seen.files.find(({ infoHash }) => infoHash === opened);
  if (swarm === undefined || file === undefined) {
    return [state, `The tracker does not know ${opened}`].join("\n");
  }
  const { head, lines } = layoutTable(peerColumns(swarm), swarm.peers, { cells: LOG_CELLS });
  const facts = [
    formatBytes(file.length),
    ...peopleOf(file),
    `${(file.availability / 1000).toFixed(2)} copies`,
    formatRate(swarm.downRate),
  ].join(", ");
  return [
    state,
    `${printable(file.name)}: ${facts}`,
    ...(lines.length === 0 ? [] : [head, ...lines]),
  ].map(trimmed).join("\n");
}

function peopleOf(
  { seeders, leechers }: { readonly seeders: number; readonly leechers: number },
): readonly string[] {
  return [counted(seeders, "seeder"), counted(leechers, "leecher")];
}

function reportFile(file: CatalogueEntry, { swarms }: Seen): Record<string, unknown> {
  const swarm = swarms.get(file.infoHash);
  return {
    ...file,
    ...(swarm !== undefined && { downRate: Math.round(swarm.downRate), copiesMap: swarm.copies }),
  };
}

function reportPeer(peer: SeenPeer): Record<string, unknown> {
  const { held, id: _, ...rest } = peer;
  return {
    ...rounded(rest),
    chunks: held?.count ?? null,
    map: held === undefined ? null : btoa(String.fromCharCode(...held.map)),
  };
}

/** Rates as whole numbers. */
function rounded(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map((
      [name, value],
    ) => [name, typeof value === "number" ? Math.round(value) : value]),
  );
}

function trimmed(line: string): string {
  return line.trimEnd();
}
