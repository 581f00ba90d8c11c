import { formatAddress } from "../../net/mod.ts";
import { heldBytesOfFiles, type Torrent, type TorrentStatus } from "../../peer/mod.ts";
import { cellsOf, mediaOf } from "../../web/mod.ts";
import { MAX_SHOWN_CELLS, MAX_SHOWN_FILES } from "../limits.ts";

/** How a transfer stands, as the page is told. */
export type TransferState = "downloading" | "seeding" | "paused" | "waiting";

/** One file of a transfer. */
export interface ShownFile {
  readonly index: number;
  /** Its path below the name of the transfer, with `/`; of a single file its name. Hostile text. */
  readonly path: string;
  readonly length: number;
  /** Bytes of it in pieces that are held. */
  readonly heldBytes: number;
  /** As what it may be played. */
  readonly media: "video" | "audio" | null;
}

/** A torrent as its page is told of it, but for the map of its pieces. */
export interface Transfer {
  readonly infoHash: string;
  /** Hostile text. */
  readonly name: string;
  /** Bytes that are wanted, and how many of them are held. */
  readonly length: number;
  readonly heldBytes: number;
  readonly pieceLength: number;
  readonly pieceCount: number;
  readonly heldCount: number;
  readonly wantedCount: number;
  readonly state: TransferState;
  /** Why nothing comes, as a clause, if that is not plain. */
  readonly reason: string | null;
  /** Bytes a second. */
  readonly downRate: number;
  readonly upRate: number;
  /** Bytes since it was opened. */
  readonly downloaded: number;
  readonly uploaded: number;
  /** How long the rest takes at this rate; `null` where nothing comes, or nothing is missing. */
  readonly leftSeconds: number | null;
  readonly knownPeers: number;
  readonly peers: readonly ShownPeer[];
  /** The first thousand of the files, and how many there are. */
  readonly files: readonly ShownFile[];
  readonly fileCount: number;
}

/** A connected peer. */
export interface ShownPeer {
  readonly address: string;
  /** Hostile text; empty if it does not say. */
  readonly client: string;
  readonly heldCount: number;
  readonly downRate: number;
  readonly upRate: number;
}

/** Describes a torrent as it stands. */
export function describeTransfer(torrent: Torrent): Transfer {
  const { status, store: { info } } = torrent;
  const missing = status.length - status.heldBytes;
  const { state, reason } = stateOf(status);
  const isComing = state === "downloading" && status.downRate > 0 && missing > 0;
  return {
    infoHash: info.infoHash,
    name: info.name,
    length: status.length,
    heldBytes: status.heldBytes,
    pieceLength: info.pieceLength,
    pieceCount: info.layout.pieceCount,
    heldCount: status.held.count,
    wantedCount: status.wantedCount,
    state,
    reason: reason ?? null,
    downRate: Math.round(status.downRate),
    upRate: Math.round(status.upRate),
    downloaded: status.downloaded,
    uploaded: status.uploaded,
    leftSeconds: isComing ? Math.ceil(missing / status.downRate) : null,
    knownPeers: status.knownPeers,
    peers: status.peers.map(({ address, client = "", heldCount, downRate, upRate }) => ({
      address: formatAddress(address),
      ...{ client, heldCount, downRate: Math.round(downRate), upRate: Math.round(upRate) },
    })),
    files: filesOf(torrent),
    fileCount: info.files.length,
  };
}

/** The map of the pieces that are held. */
export function heldCells(torrent: Torrent): Uint8Array {
  return cellsOf(torrent.store.held, MAX_SHOWN_CELLS);
}

function filesOf({ store: { info, held } }: Torrent): ShownFile[] {
  const { name } = info;
  const files = info.files.slice(0, MAX_SHOWN_FILES);
  const heldBytes = heldBytesOfFiles({ files, layout: info.layout }, held);
  return files.map(({ path, length, role }, index) => ({
    index,
    path: path.length === 0 ? name : path.join("/"),
    length,
    heldBytes: heldBytes[index] ?? 0,
    media: role === "padding" ? null : mediaOf(path.at(-1) ?? name)?.kind ?? null,
  }));
}

function stateOf(
  { motion, appetite, obstacle, held, wantedCount, peers, knownPeers }: TorrentStatus,
): { readonly state: TransferState; readonly reason?: string } {
  if (motion === "suspended") return { state: "paused" };
  if (held.count >= wantedCount || appetite === "nothing") return { state: "seeding" };
  if (appetite === "orders") {
    return { state: "paused", reason: "only what is asked for at the prompt is fetched" };
  }
  if (obstacle !== undefined) {
    return { state: "waiting", reason: `${obstacle.problem}: ${obstacle.path} cannot be written` };
  }
  if (peers.length > 0) return { state: "downloading" };
  const reason = knownPeers === 0 ? "no peers are known" : "none of the known peers is connected";
  return { state: "waiting", reason };
}
