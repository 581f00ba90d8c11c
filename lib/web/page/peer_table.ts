import type { AssetTable } from "./assets.ts";
import page from "./peer/index.html" with { type: "text" };
import { SHARED_TABLE } from "./shared_table.ts";

/** The page of a peer: its transfers, and what may be done with them. */
export const PEER_TABLE: AssetTable = {
  ...SHARED_TABLE,
  "": { type: "html", text: page },
};
