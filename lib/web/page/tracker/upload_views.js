import { html, useRef } from "htm/preact/standalone";
import { formatBytes, formatShare, visible } from "../shared/format.js";

const TIMES = "\u00d7";

/** A button that hands files to the tracker, where it takes any. */
export function ShareButton({ tracker, uploads }) {
  const input = useRef(null);
  if (!tracker.uploads.enabled) return null;
  const take = () => {
    uploads.add([...input.current.files], tracker.uploads.maxBytes);
    input.current.value = "";
  };
  return html`
    <span>
      <button type="button" class="button primary" onClick=${() =>
        input.current.click()}>Share a file</button>
      <input ref=${input} type="file" multiple hidden aria-label="Files to share"
        onChange=${take} />
    </span>
  `;
}

/** The files that are being handed in, and how that went. */
export function UploadList({ uploads }) {
  return html`
    <ul class="uploads" aria-label="Uploads" hidden=${uploads.all.length === 0}>${uploads.all.map((
      upload,
    ) => html`<${UploadRow} key=${upload.id} upload=${upload} uploads=${uploads} />`)}</ul>
    <p class="off-screen" role="status">${spoken(uploads.all.at(-1))}</p>
  `;
}

function UploadRow({ upload, uploads }) {
  const { id, name, size, sent, state, error, infoHash } = upload;
  const shown = visible(name);
  return html`<li class=${`upload is-${state}`}>
    <bdi class="clip">${
    state === "done" ? html`<a href=${`#/${infoHash}`}>${shown}</a>` : shown
  }</bdi>
    <button type="button" class="button plain" onClick=${() => uploads.remove(id)}>
      <span aria-hidden="true">${TIMES}</span>
      <span class="off-screen">${state === "sending" ? "Stop" : "Forget"} ${shown}</span>
    </button>
    ${
    state === "sending" &&
    html`<progress max=${
      Math.max(1, size)
    } value=${sent} aria-label=${`Progress of ${shown}`}></progress>`
  }
    <span class="small">${stateText({ size, sent, state, error })}</span>
  </li>`;
}

function stateText({ size, sent, state, error }) {
  if (state === "waiting") return "Waits for the one before";
  if (state === "failed") return visible(error);
  if (state === "done") return "Shared from the tracker's machine";
  return sent < size ? `${formatShare(sent, size)} of ${formatBytes(size)}` : "Being checked";
}

/** What is worth being read out: ends, not steps. */
function spoken(upload) {
  if (upload?.state === "done") return `${visible(upload.name)} is shared`;
  if (upload?.state === "failed") return `${visible(upload.name)}: ${visible(upload.error)}`;
  return "";
}
