import { drawShares } from "../chunk_map.ts";
import { printable } from "../printable.ts";
import { formatDuration, formatRate } from "../units.ts";
import { sharesOfCells } from "./availability.ts";
import type { Column } from "./layout_table.ts";
import type { SeenPeer, SeenSwarm } from "./seen.ts";

/** The columns of the peers of a swarm. */
export function peerColumns({ pieceCount }: SeenSwarm): readonly Column<SeenPeer>[] {
  return [
    {
      ...{ title: "PEER", rank: 0, tone: "strong", cells: { min: 12, max: 47 } },
      content: { text: ({ address }) => printable(address) },
    },
    {
      ...{ title: "CLIENT", rank: 6, cells: { min: 8, max: 24 } },
      content: { text: ({ client }) => printable(client, 40) },
    },
    {
      ...{ title: "MAP", rank: 5, tone: "busy", cells: { min: 10, max: 80 } },
      content: {
        draw: ({ held }, cells) =>
          held === undefined ? "?" : drawShares(sharesOfCells(held.map, cells)),
      },
    },
    {
      ...{ title: "CHUNKS", rank: 7, side: "right" },
      content: { text: ({ held }) => held === undefined ? "?" : `${held.count}/${pieceCount}` },
    },
    {
      ...{ title: "DONE", rank: 1, side: "right" },
      content: { text: ({ held }) => held === undefined ? "?" : `${percentOf(held, pieceCount)}%` },
    },
    {
      ...{ title: "DOWN", rank: 2, side: "right" },
      content: { text: ({ downRate }) => formatRate(downRate) },
    },
    {
      ...{ title: "UP", rank: 4, side: "right" },
      content: { text: ({ upRate }) => formatRate(upRate) },
    },
    {
      ...{ title: "LEFT", rank: 3, side: "right" },
      content: { text: leftOf },
    },
  ];
}

function percentOf({ count }: { readonly count: number }, pieceCount: number): number {
  return pieceCount === 0 ? 100 : Math.floor(count * 100 / pieceCount);
}

function leftOf({ secondsLeft }: SeenPeer): string {
  if (secondsLeft === 0) return "done";
  return secondsLeft === null ? "--" : formatDuration(secondsLeft);
}
