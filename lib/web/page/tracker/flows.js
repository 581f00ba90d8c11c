import { html, useMemo, useState } from "htm/preact/standalone";
import { formatBytes, formatCount, formatRate, formatThings, visible } from "../shared/format.js";
import { useMedia } from "../shared/use_media.js";
import { flowsOf, shownFlows } from "./swarm_figures.js";

/** How many peers are drawn at each side, and how many flows are listed. */
const [DRAWN_PEERS, LISTED_FLOWS] = [12, 100];

/** The thickest line, in pixels. */
const THICKEST = 9;

/** Who feeds whom: those who give at the left, those who take at the right. */
export function Flows({ peers }) {
  const isWide = useMedia("(min-width: 100rem)");
  const [wish, setWish] = useState(undefined);
  const isOpen = wish ?? isWide;
  const flows = useMemo(() => flowsOf(peers.values), [peers.version]);
  return html`
    <section class="card area-flows" aria-labelledby="flows">
      <div class="card-head">
        <h2 id="flows">Who feeds whom</h2>
        ${flows.length === 0
          ? html`<span class="quiet small">Nobody tells yet from whom he fetches; only Sluice does.</span>`
          : html`
            <button
              type="button"
              class="button link"
              aria-expanded=${isOpen}
              onClick=${() => setWish(!isOpen)}
            >${isOpen ? "Hide" : "Show"} ${formatThings(flows.length, "flow")}</button>
          `}
      </div>
      ${isOpen && flows.length > 0 && html`
        <${FlowPicture} flows=${flows} peers=${peers} />
        <${FlowTable} flows=${flows} peers=${peers} />
      `}
    </section>
  `;
}

function FlowPicture({ flows, peers }) {
  const shown = shownFlows(flows, DRAWN_PEERS);
  const rows = Math.max(shown.givers.length, shown.takers.length);
  const most = Math.max(1, ...shown.flows.map(strengthOf));
  const yOf = (ids, id) => ((ids.indexOf(id) + 0.5) * rows) / ids.length;
  const lines = shown.flows.map((flow) => {
    const [y1, y2] = [yOf(shown.givers, flow.from), yOf(shown.takers, flow.to)];
    return html`
      <path
        key=${`${flow.from} ${flow.to}`}
        class=${flow.rate > 0 ? "flow is-live" : "flow"}
        d=${`M0 ${y1} C50 ${y1} 50 ${y2} 100 ${y2}`}
        stroke-width=${Math.max(1, (THICKEST * strengthOf(flow)) / most)}
        vector-effect="non-scaling-stroke"
      />
    `;
  });
  return html`
    <div class="flow-picture" aria-hidden="true" style=${{ height: `${rows * 1.75}rem` }}>
      <${FlowPeers} ids=${shown.givers} peers=${peers} />
      <svg viewBox=${`0 0 100 ${rows}`} preserveAspectRatio="none">${lines}</svg>
      <${FlowPeers} ids=${shown.takers} peers=${peers} />
    </div>
  `;
}

/** By what flows are compared in a picture: the root keeps small ones visible. */
function strengthOf({ rate, bytes }) {
  return Math.sqrt(rate > 0 ? rate : bytes / 1000);
}

function FlowPeers({ ids, peers }) {
  return html`<ol class="flow-peers">${
    ids.map((id) =>
      html`
        <li
          key=${id}><span class=${peers.get(id)?.holding === "complete"
            ? "mark is-seeder"
            : "mark"}></span><span class="clip number small">${addressOf(peers, id)}</span></li>
      `
    )
  }</ol>`;
}

function FlowTable({ flows, peers }) {
  const listed = flows.slice(0, LISTED_FLOWS);
  return html`<details class="flow-table">
    <summary>As a table</summary>
    <div class="scroll-x" tabindex="0" role="region" aria-label="Flows as a table">
      <table>
        <thead><tr><th scope="col">From</th><th scope="col">To</th><th scope="col">Rate</th><th scope="col">So far</th></tr></thead>
        <tbody>${
    listed.map(({ from, to, rate, bytes }) =>
      html`
        <tr key=${`${from} ${to}`}>
          <td>${addressOf(peers, from)}</td>
          <td>${addressOf(peers, to)}</td>
          <td class="number">${formatRate(rate)}</td>
          <td class="number">${formatBytes(bytes)}</td>
        </tr>
      `
    )
  }</tbody>
      </table>
    </div>
    ${
    flows.length > listed.length &&
    html`<p class="quiet small">The first ${LISTED_FLOWS} of ${formatCount(flows.length)}.</p>`
  }
  </details>`;
}

/**
 * The address of a peer by its id; of one that is gone nothing is known.
 *
 * @param {import("../shared/keyed.js").Keyed} peers
 * @param {number} id
 * @returns {string}
 */
export function addressOf(peers, id) {
  const peer = peers.get(id);
  return peer === undefined ? "gone" : visible(peer.address);
}
