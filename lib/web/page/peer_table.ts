import type { AssetTable } from "./assets.ts";
import app from "./peer/app.js" with { type: "text" };
import page from "./peer/index.html" with { type: "text" };
import limitsForm from "./peer/limits_form.js" with { type: "text" };
import main from "./peer/main.js" with { type: "text" };
import style from "./peer/peer.css" with { type: "text" };
import player from "./peer/player.js" with { type: "text" };
import rows from "./peer/rows.js" with { type: "text" };
import store from "./peer/store.js" with { type: "text" };
import transferCard from "./peer/transfer_card.js" with { type: "text" };
import { SHARED_TABLE } from "./shared_table.ts";

/** The page of a peer: its transfers, and what may be done with them. */
export const PEER_TABLE: AssetTable = {
  ...SHARED_TABLE,
  "": { type: "html", text: page },
  "assets/peer/app.js": { type: "js", text: app },
  "assets/peer/limits_form.js": { type: "js", text: limitsForm },
  "assets/peer/main.js": { type: "js", text: main },
  "assets/peer/peer.css": { type: "css", text: style },
  "assets/peer/player.js": { type: "js", text: player },
  "assets/peer/rows.js": { type: "js", text: rows },
  "assets/peer/store.js": { type: "js", text: store },
  "assets/peer/transfer_card.js": { type: "js", text: transferCard },
};
