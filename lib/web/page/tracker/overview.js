import { html } from "htm/preact/standalone";
import { commandLine, hostFor, tokenIn } from "../shared/command_line.js";
import { formatBytes, formatCount, formatRate, visible } from "../shared/format.js";
import { CommandLine } from "./command_view.js";
import { Charts } from "./charts.js";

/** What there is to see while no file is chosen: the tracker as a whole. */
export function Overview({ store, uploads, list }) {
  const { tracker, totals, fileTotal } = store;
  return html`<div class="stack">
    <h1 class="off-screen">Tracker</h1>
    ${fileTotal === 0 && html`<${NothingYet} tracker=${tracker} uploads=${uploads} />`}
    ${list && html`<div class="card">${list}</div>`}
    <section class="card" aria-labelledby="totals">
      <div class="card-head">
        <h2 id="totals">Tracker</h2>
        <span class="quiet small">${visible(tracker.client)} ${visible(tracker.version)}, since ${
    since(tracker.startedAtMs)
  }</span>
      </div>
      <dl class="figures">
        <div><dt>Files</dt><dd>${formatCount(totals.files)}</dd></div>
        <div><dt>Peers</dt><dd>${formatCount(totals.peers)}</dd></div>
        <div><dt>Seeders</dt><dd>${formatCount(totals.seeders)}</dd></div>
        <div><dt>Leechers</dt><dd>${formatCount(totals.leechers)}</dd></div>
        <div><dt>Fetched now</dt><dd>${formatRate(totals.downRate)}</dd></div>
        <div><dt>Connections</dt><dd>${formatCount(totals.connections)}</dd></div>
        <div><dt>Announces</dt><dd>${formatCount(totals.announces)}</dd></div>
        <div><dt>Refused</dt><dd>${formatCount(totals.refusals)}</dd></div>
        <div><dt>Memory</dt><dd>${formatBytes(totals.memory)}</dd></div>
      </dl>
    </section>
    <${Charts} history=${store.history} />
    <${Doors} tracker=${tracker} />
  </div>`;
}

function NothingYet({ tracker }) {
  const host = hostFor(tracker, location.hostname);
  const reached = { ...tracker, host, token: tokenIn(location.pathname) };
  return html`<section class="card empty welcome">
    <h2>Nothing is shared yet</h2>
    <p>Share a file from any machine that reaches this tracker:</p>
    <${CommandLine} text=${commandLine(["share", "FILE"], reached)} what="command line" />
    ${
    tracker.uploads.enabled &&
    html`<p>Or drop it on this page: then the tracker's machine shares it.</p>`
  }
  </section>`;
}

function Doors({ tracker: { doors } }) {
  return html`
    <section class="card" aria-labelledby="doors">
      <div class="card-head">
        <h2 id="doors">Doors</h2>
      </div>
      <ul class="doors">${doors.map(({ door, host, port, tls }) =>
        html`<li>
        <span class="badge is-accent">${String(door).toUpperCase()}</span>
        <code>${visible(host)}:${port}</code>
        ${tls && html`<span class="badge is-good">TLS</span>`}
      </li>`
      )}</ul>
    </section>
  `;
}

function since(atMs) {
  return new Date(atMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
