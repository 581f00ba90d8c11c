import { html, useState } from "htm/preact/standalone";
import { ChunkMap } from "../shared/chunk_map.js";
import {
  formatBytes,
  formatCount,
  formatLeft,
  formatRate,
  formatShare,
  formatThings,
  visible,
} from "../shared/format.js";
import { FileRows, PeerRows } from "./rows.js";

const STATES = {
  downloading: { word: "Downloading", look: "is-accent" },
  seeding: { word: "Seeding", look: "is-good" },
  paused: { word: "Paused", look: "" },
  waiting: { word: "Waiting", look: "is-warn" },
};

const TIMES = "\u00d7";

/** One transfer: how far it is, its chunks, files and peers, and what may be done with it. */
export function TransferCard({ store, transfer }) {
  const { infoHash, name, state, reason, heldBytes, length, heldCount, pieceCount } = transfer;
  const { word, look } = STATES[state] ?? { word: state, look: "" };
  const verb = state === "paused" ? "resume" : "pause";
  const title = visible(name) || infoHash;
  return html`
    <article class="card transfer" aria-labelledby=${`name-${infoHash}`}>
      <div class="transfer-head">
        <h2 id=${`name-${infoHash}`}><bdi>${title}</bdi></h2>
        <span class=${`badge ${look}`}>${word}</span>
        <button
          type="button"
          class=${`button ${verb === "resume" ? "primary" : ""}`}
          onClick=${() => store.move(infoHash, verb)}
        >${verb === "resume" ? "Resume" : "Pause"}<span class="off-screen"> ${title}</span></button>
      </div>
      ${reason && html`<p class="small quiet reason">${visible(reason)}</p>`}
      <${ChunkMap}
        className="tall"
        cells=${transfer.cellMap}
        version=${transfer.version}
        heldCount=${heldCount}
        pieceCount=${pieceCount}
        holding=${pieceCount > 0 && heldCount === pieceCount ? "complete" : "some"}
      />
      <dl class="figures">
        <div><dt>Done</dt><dd>${formatShare(
          heldBytes,
          length,
        )} <small class="quiet unit">of ${formatBytes(length)}</small></dd></div>
        <div><dt>Chunks</dt><dd>${formatCount(
          pieceCount,
        )} <small class="quiet unit">${TIMES} ${formatBytes(
          transfer.pieceLength,
        )}</small></dd></div>
        <div><dt>Down</dt><dd>${formatRate(transfer.downRate)}</dd></div>
        <div><dt>Up</dt><dd>${formatRate(transfer.upRate)}</dd></div>
        <div><dt>Left</dt><dd>${leftText(transfer)}</dd></div>
        <div><dt>Fetched</dt><dd>${formatBytes(transfer.downloaded)}</dd></div>
        <div><dt>Served</dt><dd>${formatBytes(transfer.uploaded)}</dd></div>
      </dl>
      <${Section} title=${formatThings(
        transfer.fileCount,
        "file",
      )} isOpen=${transfer.fileCount < 9}>
        <${FileRows} store=${store} transfer=${transfer} />
      <//>
      <${Section} title=${`${formatThings(transfer.peers.length, "peer")} connected`}>
        <${PeerRows} transfer=${transfer} />
      <//>
    </article>
  `;
}

/** A part that is there only while it is unfolded. */
function Section({ title, isOpen = false, children }) {
  const [state, setState] = useState(isOpen);
  return html`
    <details open=${state} onToggle=${(event) => setState(event.currentTarget.open)}>
      <summary>${title}</summary>
      ${state && children}
    </details>
  `;
}

function leftText({ state, leftSeconds, heldCount, wantedCount }) {
  if (state === "paused" || heldCount >= wantedCount) return "\u2013";
  return leftSeconds === null ? "unknown" : formatLeft(leftSeconds);
}
