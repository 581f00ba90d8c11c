import { Bitfield, infoHashFromHex } from "../../lib/bytes/mod.ts";
import type { ShownTransfer } from "../../lib/cli/transfer_block.ts";
import type { TorrentStatus } from "../../lib/peer/mod.ts";

const MEBIBYTE = 1024 * 1024;

/** A download of 20 MiB of which a quarter is there, or something like it. */
export function shownTransfer(
  changes: Partial<TorrentStatus> = {},
  others: Partial<ShownTransfer> = {},
): ShownTransfer {
  const held = new Bitfield(40);
  for (let index = 0; index < 10; index++) held.set(index);
  const peer = { client: "Sluice", heldCount: 40, downRate: 1, upRate: 1 };
  return {
    task: "fetch",
    ...others,
    status: {
      name: "film.bin",
      infoHash: infoHashFromHex("0123456789abcdef0123456789abcdef01234567"),
      length: 20 * MEBIBYTE,
      heldBytes: 5 * MEBIBYTE,
      held,
      wantedCount: 40,
      downloaded: 5 * MEBIBYTE,
      uploaded: 3 * MEBIBYTE,
      downRate: 500 * 1024,
      upRate: 12.6,
      knownPeers: 2,
      ...{ obstacle: undefined, motion: "going", appetite: "all" },
      peers: [1, 2].map((number) => ({
        ...peer,
        address: { host: `192.0.2.${number}`, port: 6881 },
      })),
      ...changes,
    },
  };
}
