import type { CatalogueEntry } from "../../tracker/mod.ts";
import { printable } from "../printable.ts";
import { formatBytes, formatRate } from "../units.ts";
import { drawAvailability } from "./availability.ts";
import type { Column } from "./layout_table.ts";
import type { Seen } from "./seen.ts";

/** The columns of a catalogue. */
export function fileColumns({ swarms }: Seen): readonly Column<CatalogueEntry>[] {
  return [
    {
      title: "NAME",
      rank: 0,
      tone: "strong",
      cells: { min: 8, max: 48 },
      content: { text: ({ name }) => printable(name) },
    },
    {
      ...{ title: "SIZE", rank: 5, side: "right" },
      content: { text: ({ length }) => formatBytes(length) },
    },
    {
      ...{ title: "SEEDERS", rank: 1, side: "right" },
      content: { text: ({ seeders }) => String(seeders) },
    },
    {
      ...{ title: "LEECHERS", rank: 2, side: "right" },
      content: { text: ({ leechers }) => String(leechers) },
    },
    {
      ...{ title: "COPIES", rank: 4, side: "right" },
      content: { text: ({ availability }) => (availability / 1000).toFixed(2) },
    },
    {
      ...{ title: "RATE", rank: 3, side: "right" },
      content: {
        text: ({ infoHash }) => {
          const swarm = swarms.get(infoHash);
          return swarm === undefined ? "" : formatRate(swarm.downRate);
        },
      },
    },
    {
      ...{ title: "AVAILABILITY", rank: 6, tone: "busy", cells: { min: 12, max: 80 } },
      content: {
        draw: ({ infoHash }, cells) => drawAvailability(swarms.get(infoHash)?.copies ?? [], cells),
      },
    },
  ];
}
