import preact from "htm/preact/standalone" with { type: "text" };
import uplot from "uplot" with { type: "text" };
import uplotStyle from "uplot/style" with { type: "text" };
import uqr from "uqr" with { type: "text" };
import type { AssetTable } from "./assets.ts";
import canvas from "./shared/canvas.js" with { type: "text" };
import cells from "./shared/cells.js" with { type: "text" };
import chunkMap from "./shared/chunk_map.js" with { type: "text" };
import commandLine from "./shared/command_line.js" with { type: "text" };
import connectionState from "./shared/connection_state.js" with { type: "text" };
import copyButton from "./shared/copy_button.js" with { type: "text" };
import eventClient from "./shared/event_client.js" with { type: "text" };
import format from "./shared/format.js" with { type: "text" };
import frameBatch from "./shared/frame_batch.js" with { type: "text" };
import keyed from "./shared/keyed.js" with { type: "text" };
import pageBar from "./shared/page_bar.js" with { type: "text" };
import style from "./shared/style.css" with { type: "text" };
import theme from "./shared/theme.js" with { type: "text" };
import useMedia from "./shared/use_media.js" with { type: "text" };
import version from "./shared/version.js" with { type: "text" };
import virtualList from "./shared/virtual_list.js" with { type: "text" };

/** The package declares a variable and exports nothing: as a module it is to export it. */
const UPLOT_EXPORT = "\nexport default uPlot;\n";

/** What pages of all kinds load: their style, and the modules that they have in common. */
export const SHARED_TABLE: AssetTable = {
  "assets/lib/preact.js": { type: "js", text: preact },
  "assets/lib/uplot.css": { type: "css", text: uplotStyle },
  "assets/lib/uplot.js": { type: "js", text: `${uplot}${UPLOT_EXPORT}` },
  "assets/lib/uqr.js": { type: "js", text: uqr },
  "assets/shared/canvas.js": { type: "js", text: canvas },
  "assets/shared/cells.js": { type: "js", text: cells },
  "assets/shared/chunk_map.js": { type: "js", text: chunkMap },
  "assets/shared/command_line.js": { type: "js", text: commandLine },
  "assets/shared/connection_state.js": { type: "js", text: connectionState },
  "assets/shared/copy_button.js": { type: "js", text: copyButton },
  "assets/shared/event_client.js": { type: "js", text: eventClient },
  "assets/shared/format.js": { type: "js", text: format },
  "assets/shared/frame_batch.js": { type: "js", text: frameBatch },
  "assets/shared/keyed.js": { type: "js", text: keyed },
  "assets/shared/page_bar.js": { type: "js", text: pageBar },
  "assets/shared/style.css": { type: "css", text: style },
  "assets/shared/theme.js": { type: "js", text: theme },
  "assets/shared/use_media.js": { type: "js", text: useMedia },
  "assets/shared/version.js": { type: "js", text: version },
  "assets/shared/virtual_list.js": { type: "js", text: virtualList },
};
