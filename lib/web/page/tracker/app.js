import { html, useEffect } from "htm/preact/standalone";
import { visible } from "../shared/format.js";
import { PageBar } from "../shared/page_bar.js";
import { useMedia } from "../shared/use_media.js";
import { DropTarget } from "./drop_target.js";
import { FileList } from "./file_list.js";
import { FileView } from "./file_view.js";
import { Overview } from "./overview.js";

/** The whole page. */
export function App({ store, uploads }) {
  const isNarrow = useMedia("(max-width: 54rem)");
  const { connection, file, swarm, tracker } = store;
  const title = file === undefined ? "Sluice" : `${visible(file.name)} \u2013 Sluice`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  const list = tracker && html`<${FileList} store=${store} uploads=${uploads} />`;
  return html`
    <${PageBar} home="#/" place=${location.host} connection=${connection} />
    <div class=${`columns ${swarm ? "has-file" : ""} ${list ? "" : "is-bare"}`}>
      ${list && !isNarrow && html`<nav class="side" aria-label="Files">${list}</nav>`}
      <main id="content" tabindex="-1">${content(store, uploads, isNarrow && list)}</main>
    </div>
    ${tracker?.uploads.enabled &&
      html`<${DropTarget} uploads=${uploads} maxBytes=${tracker.uploads.maxBytes} />`}
  `;
}

function content(store, uploads, list) {
  if (store.tracker === undefined) return html`<${Waiting} connection=${store.connection} />`;
  if (store.swarm !== undefined) return html`<${FileView} store=${store} />`;
  return html`<${Overview} store=${store} uploads=${uploads} list=${list} />`;
}

/** What is shown before the tracker has said anything. */
function Waiting({ connection: { state, reason } }) {
  const [head, text] = state !== "lost"
    ? ["Connecting to the tracker", "Its swarms are shown in a moment."]
    : reason === undefined
    ? ["The tracker does not answer", "Once it does, this page goes on by itself."]
    : ["The tracker refuses", visible(reason)];
  return html`
    <section class="card empty waiting">
      <h1>${head}</h1>
      <p>${text}</p>
    </section>
  `;
}
