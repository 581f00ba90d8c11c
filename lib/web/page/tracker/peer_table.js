import { html, useMemo, useState } from "htm/preact/standalone";
import { ChunkMap } from "../shared/chunk_map.js";
import {
  formatBytes,
  formatCount,
  formatLeft,
  formatRate,
  formatShare,
  visible,
} from "../shared/format.js";
import { useMedia } from "../shared/use_media.js";
import { VirtualList } from "../shared/virtual_list.js";
import { addressOf } from "./flows.js";
import { PEER_ORDERS } from "./swarm_figures.js";

/** In root ems. */
const ROW_HEIGHTS = { wide: 3.75, narrow: 8.25 };

const ARROWS = { down: "\u2193", up: "\u2191" };

/** How many sources are named. */
const NAMED_SOURCES = 2;

/** Everybody who has or wants the file. */
export function PeerTable({ swarm, file }) {
  const [order, setOrder] = useState("Joined");
  const isNarrow = useMedia("(max-width: 46rem)");
  const { peers, total } = swarm;
  const sorted = useMemo(() => peers.values.sort(PEER_ORDERS[order]), [peers.version, order]);
  return html`<section class="card peers area-peers" aria-labelledby="peers">
    <div class="card-head">
      <h2 id="peers">Peers <span class="quiet number">${formatCount(total)}</span></h2>
      ${
    peers.size > 1 && html`<label class="small quiet order">Order
        <select class="field" value=${order} onChange=${(event) =>
      setOrder(event.currentTarget.value)}>
          ${Object.keys(PEER_ORDERS).map((name) => html`<option value=${name}>${name}</option>`)}
        </select>
      </label>`
  }
    </div>
    ${
    peers.size === 0
      ? html`<p class="empty">${
        swarm.state === "asked"
          ? "Asking who is there."
          : "Nobody is here now. Whoever shares or fetches it appears by himself."
      }</p>`
      : html`
        <div role="table" aria-labelledby="peers" aria-rowcount=${peers.size + 1} class=${isNarrow
          ? "is-narrow"
          : ""}>
          <div role="rowgroup">
            <div role="row" aria-rowindex="1" class="peer-row peer-head small quiet">
              <span role="columnheader">Peer</span>
              <span role="columnheader">Chunks</span>
              <span role="columnheader">Down and up</span>
              <span role="columnheader">Left</span>
              <span role="columnheader">Fetches from</span>
            </div>
          </div>
          <${VirtualList}
            items=${sorted}
            rowHeight=${isNarrow ? ROW_HEIGHTS.narrow : ROW_HEIGHTS.wide}
            keyOf=${({ id }) => id}
            role="rowgroup"
            rowRole="row"
            row=${(peer) => html`<${PeerRow} peer=${peer} peers=${peers} file=${file} />`}
          />
        </div>
      `
  }
    ${
    total > peers.size &&
    html`<p class="quiet small">${formatCount(peers.size)} of ${
      formatCount(total)
    } peers are shown.</p>`
  }
  </section>`;
}

function PeerRow({ peer, peers, file: { pieceCount } }) {
  const { address, client, holding, heldCount, version, cellMap, downRate, upRate } = peer;
  const held = holding === "complete" ? pieceCount : heldCount;
  const share = holding === "unknown" ? "?" : formatShare(held, pieceCount);
  return html`
    <div class="peer-row" role="presentation">
      <div role="cell" class="who">
        <span class="clip number">${visible(address)}</span>
        <bdi class="clip small quiet">${visible(client) || "unknown client"}</bdi>
      </div>
      <div role="cell" class="holds">
        <${ChunkMap}
          cells=${cellMap}
          version=${version}
          heldCount=${held}
          pieceCount=${pieceCount}
          holding=${holding}
        />
        <span class="number small share">${share}</span>
      </div>
      <div role="cell" class="rates number small">
        <span
          title=${`${
            formatBytes(peer.downloaded)
          } fetched`}><span class="arrow" aria-hidden="true">${ARROWS
            .down}</span><span class="off-screen">down </span>${formatRate(
              downRate,
            )}</span>
        <span
          title=${`${
            formatBytes(peer.uploaded)
          } served`}><span class="arrow is-up" aria-hidden="true">${ARROWS
            .up}</span><span class="off-screen">up </span>${formatRate(
              upRate,
            )}</span>
      </div>
      <div role="cell" class="left number small">${leftText(peer)}</div>
      <div role="cell" class="from small quiet">${sourcesText(peer, peers)}</div>
    </div>
  `;
}

function leftText({ holding, leftSeconds }) {
  if (holding === "complete") return html`<span class="badge is-good">has all</span>`;
  return leftSeconds === null || leftSeconds === undefined ? "\u2013" : formatLeft(leftSeconds);
}

function sourcesText({ sources = [] }, peers) {
  const live = sources.filter(({ rate }) => rate > 0).sort((a, b) => b.rate - a.rate);
  if (live.length === 0) return "";
  const rest = live.length - NAMED_SOURCES;
  return live.slice(0, NAMED_SOURCES).map(({ peer, rate }, at) =>
    html`
      <span
        class="source number"><span class="clip">${addressOf(
          peers,
          peer,
        )}</span>${at === NAMED_SOURCES - 1 && rest > 0 &&
          html`<span>+${rest}</span>`}<b>${formatRate(rate)}</b></span>
    `
  );
}
