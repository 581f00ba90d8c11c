import type { AssetTable } from "./assets.ts";
import { SHARED_TABLE } from "./shared_table.ts";
import app from "./tracker/app.js" with { type: "text" };
import charts from "./tracker/charts.js" with { type: "text" };
import commandView from "./tracker/command_view.js" with { type: "text" };
import dropTarget from "./tracker/drop_target.js" with { type: "text" };
import fileList from "./tracker/file_list.js" with { type: "text" };
import fileView from "./tracker/file_view.js" with { type: "text" };
import flows from "./tracker/flows.js" with { type: "text" };
import getIt from "./tracker/get_it.js" with { type: "text" };
import history from "./tracker/history.js" with { type: "text" };
import page from "./tracker/index.html" with { type: "text" };
import main from "./tracker/main.js" with { type: "text" };
import overview from "./tracker/overview.js" with { type: "text" };
import peerTable from "./tracker/peer_table.js" with { type: "text" };
import store from "./tracker/store.js" with { type: "text" };
import swarmFigures from "./tracker/swarm_figures.js" with { type: "text" };
import style from "./tracker/tracker.css" with { type: "text" };
import uploadViews from "./tracker/upload_views.js" with { type: "text" };
import uploads from "./tracker/uploads.js" with { type: "text" };

/** The page of a tracker: its files, their swarms, and the tracker as a whole. */
export const TRACKER_TABLE: AssetTable = {
  ...SHARED_TABLE,
  "": { type: "html", text: page },
  "assets/tracker/app.js": { type: "js", text: app },
  "assets/tracker/charts.js": { type: "js", text: charts },
  "assets/tracker/command_view.js": { type: "js", text: commandView },
  "assets/tracker/drop_target.js": { type: "js", text: dropTarget },
  "assets/tracker/file_list.js": { type: "js", text: fileList },
  "assets/tracker/file_view.js": { type: "js", text: fileView },
  "assets/tracker/flows.js": { type: "js", text: flows },
  "assets/tracker/get_it.js": { type: "js", text: getIt },
  "assets/tracker/history.js": { type: "js", text: history },
  "assets/tracker/main.js": { type: "js", text: main },
  "assets/tracker/overview.js": { type: "js", text: overview },
  "assets/tracker/peer_table.js": { type: "js", text: peerTable },
  "assets/tracker/store.js": { type: "js", text: store },
  "assets/tracker/swarm_figures.js": { type: "js", text: swarmFigures },
  "assets/tracker/tracker.css": { type: "css", text: style },
  "assets/tracker/upload_views.js": { type: "js", text: uploadViews },
  "assets/tracker/uploads.js": { type: "js", text: uploads },
};
