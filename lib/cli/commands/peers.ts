import { Bitfield } from "../../bytes/mod.ts";
import { formatAddress } from "../../net/mod.ts";
import type { SwarmPeer } from "../../tracker/mod.ts";
import { askTracker, collectPages } from "../ask_tracker.ts";
import { drawChunkMap } from "../chunk_map.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { findSwarm } from "../find_swarm.ts";
import { printable } from "../printable.ts";
import { formatTable } from "../table.ts";
import { formatBytes } from "../units.ts";

/** Cells of a chunk map. */
const MAP_WIDTH = 40;

/** Lists the peers that the tracker knows, or those of one torrent with the chunks they hold. */
export async function run(context: Context): Promise<ExitCode> {
  const [name] = context.args.operands;
  if (name === undefined) await showAll(context);
  else await showSwarm(context, name);
  return EXIT.done;
}

async function showAll(context: Context): Promise<void> {
  const { output } = context;
  const peers = await askTracker(context, (client) =>
    collectPages(async (range) => {
      const { total, peers } = await client.getAllPeers(range);
      return { total, entries: peers };
    }));
  if (output.format === "json") {
    for (const peer of peers) output.result({ type: "peer", ...peer }, "");
  } else if (peers.length === 0) {
    output.note({ type: "empty" }, "The tracker knows no peers");
  } else {
    const rows = peers.map((peer) => [
      formatAddress(peer),
      printable(peer.agent, 40),
      String(peer.torrents.length),
      String(peer.torrents.filter(({ held, pieces }) => held === pieces).length),
    ]);
    const head = ["PEER", "CLIENT", "FILES", "WHOLE"];
    output.result({ type: "table" }, formatTable(head, rows, ["FILES", "WHOLE"]));
  }
}

async function showSwarm(context: Context, name: string): Promise<void> {
  const { output } = context;
  const { pieceCount, peers } = await askTracker(context, async (client) => {
    const infoHash = await findSwarm(client, name);
    let pieceCount = 0;
    const peers = await collectPages(async (range) => {
      const page = await client.getPeers(infoHash, range);
      pieceCount = page.pieceCount;
      return { total: page.total, entries: page.peers };
    });
    return { pieceCount, peers };
  });
  const held = peers.map((peer) => piecesOf(peer, pieceCount));
  if (output.format === "json") {
    peers.forEach((peer, at) =>
      output.result({
        type: "peer",
        ...peer,
        pieces: undefined,
        chunks: held[at]?.count,
        chunkCount: pieceCount,
        held: held[at] && [...held[at].ones()],
      }, "")
    );
  } else if (peers.length === 0) {
    output.note({ type: "empty" }, `The tracker knows no peers of ${printable(name)}`);
  } else {
    const rows = peers.map((peer, at) => [
      formatAddress(peer),
      printable(peer.agent, 40),
      held[at] === undefined ? "?" : `${held[at].count}/${pieceCount}`,
      held[at] === undefined ? "?" : drawChunkMap(held[at], MAP_WIDTH),
      formatBytes(peer.downloaded),
      formatBytes(peer.uploaded),
    ]);
    const head = ["PEER", "CLIENT", "CHUNKS", "MAP", "DOWN", "UP"];
    output.result({ type: "table" }, formatTable(head, rows, ["CHUNKS", "DOWN", "UP"]));
  }
}

function piecesOf({ pieces }: SwarmPeer, pieceCount: number): Bitfield | undefined {
  if (pieces === "unknown") return undefined;
  if (pieces === "complete") return Bitfield.full(pieceCount);
  return Bitfield.fromBytes(pieces, pieceCount);
}
