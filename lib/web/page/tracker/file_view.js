import { html } from "htm/preact/standalone";
import { AvailabilityMap } from "../shared/chunk_map.js";
import { CopyButton } from "../shared/copy_button.js";
import {
  formatBytes,
  formatCount,
  formatLeft,
  formatRate,
  formatShare,
  visible,
} from "../shared/format.js";
import { Flows } from "./flows.js";
import { GetIt } from "./get_it.js";
import { PeerTable } from "./peer_table.js";
import { lastLeft, swarmProgress } from "./swarm_figures.js";

const [BACK, TIMES] = ["\u2190", "\u00d7"];

/** All that is known of one file and those who have or want it. */
export function FileView({ store }) {
  const { file, swarm } = store;
  return html`<div class="stack">
    <a class="back" href="#/"><span aria-hidden="true">${BACK}</span> Tracker</a>
    ${
    file !== undefined
      ? html`<${KnownFile} store=${store} file=${file} swarm=${swarm} />`
      : swarm.state === "missing"
      ? html`<${MissingFile} infoHash=${swarm.infoHash} />`
      : html`
        <div class="card empty">
          <h1>Looking for it</h1>
        </div>
      `
  }
  </div>`;
}

function MissingFile({ infoHash }) {
  return html`
    <section class="card empty">
      <h1>The tracker does not know this file</h1>
      <p>It may come yet: this page shows it as soon as somebody shares it.</p>
      <p class="small"><code class="hash">${infoHash}</code></p>
    </section>
  `;
}

function KnownFile({ store, file, swarm }) {
  const { name, infoHash, state } = file;
  const peers = swarm.peers.values;
  return html`
    <header class="file-head">
      <h1><bdi>${visible(name) || "Without a name"}</bdi></h1>
      <p class="small quiet">
        ${state === "claimed" &&
          html`
            <span class="badge is-warn" title="Nobody has handed in its torrent file yet">claimed</span>
          `}<code class="hash">${infoHash}</code>
        <${CopyButton} text=${infoHash} what="info-hash" />
      </p>
    </header>
    ${swarm.state === "missing" && html`<p class="notice is-warn">
      The tracker knows it no more: what is shown is of before.
    </p>`}
    <div class="file-grid">
      <${Summary} file=${file} peers=${peers} />
      <section class="card area-availability" aria-labelledby="availability">
        <div class="card-head">
          <h2 id="availability">Availability</h2>
          <span class="quiet small number">${Number(file.copies).toFixed(2)} copies in all</span>
        </div>
        <${AvailabilityMap}
          cells=${swarm.availability}
          version=${swarm.availabilityVersion}
          pieceCount=${file.pieceCount}
        />
      </section>
      <${GetIt} store=${store} file=${file} />
      <${Flows} peers=${swarm.peers} />
      <${PeerTable} swarm=${swarm} file=${file} />
    </div>
  `;
}

function Summary({ file, peers }) {
  const { length, pieceCount, pieceLength, seeders, leechers, completions, downRate } = file;
  const { held, wanted } = swarmProgress(peers, pieceCount);
  const share = formatShare(held, wanted);
  return html`<section class="card area-summary" aria-labelledby="summary">
    <div class="card-head">
      <h2 id="summary">Swarm</h2>
      ${
    peers.length > 0 &&
    html`<span class="quiet small number">${share} of what its peers want</span>`
  }
    </div>
    ${
    peers.length > 0 &&
    html`
      <progress class="swarm-progress" max=${wanted} value=${held}
        aria-label="Progress of the swarm">${share}</progress>
    `
  }
    <dl class="figures">
      <div><dt>Size</dt><dd>${formatBytes(length)}</dd></div>
      <div><dt>Chunks</dt><dd>${formatCount(pieceCount)} <small class="quiet unit">${TIMES} ${
    formatBytes(pieceLength)
  }</small></dd></div>
      <div><dt>Seeders</dt><dd>${formatCount(seeders)}</dd></div>
      <div><dt>Leechers</dt><dd>${formatCount(leechers)}</dd></div>
      <div><dt>Completed</dt><dd>${formatCount(completions)}</dd></div>
      <div><dt>Rate</dt><dd>${formatRate(downRate)}</dd></div>
      <div><dt>All done in</dt><dd>${
    leechers === 0 ? "\u2013" : formatLeft(lastLeft(peers))
  }</dd></div>
    </dl>
  </section>`;
}
