import { html } from "htm/preact/standalone";
import { formatBytes, formatCount, formatRate, formatShare, visible } from "../shared/format.js";
import { useMedia } from "../shared/use_media.js";
import { VirtualList } from "../shared/virtual_list.js";
import { mediaUrl } from "./player.js";

/** In root ems. */
const ROW_HEIGHTS = { wide: 2.75, narrow: 4.5 };

const ARROWS = { down: "\u2193", up: "\u2191" };

function useRowHeight() {
  return useMedia("(max-width: 40rem)") ? ROW_HEIGHTS.narrow : ROW_HEIGHTS.wide;
}

/** The files of a transfer: how much of each is there, to be played or saved. */
export function FileRows({ store, transfer }) {
  const { files, fileCount } = transfer;
  const rowHeight = useRowHeight();
  return html`
    <${VirtualList}
      items=${files}
      rowHeight=${rowHeight}
      keyOf=${({ index }) => index}
      role="list"
      rowRole="listitem"
      row=${(file) => html`<${FileRow} store=${store} transfer=${transfer} file=${file} />`}
    />
    ${fileCount > files.length &&
      html`<p class="small quiet">${formatCount(files.length)} of ${
        formatCount(fileCount)
      } files are shown.</p>`}
  `;
}

function FileRow({ store, transfer: { infoHash }, file }) {
  const { index, path, length, heldBytes, media } = file;
  const name = visible(path);
  const { playing } = store;
  const isPlaying = playing?.infoHash === infoHash && playing.index === index;
  const isWhole = heldBytes >= length;
  return html`
    <div class="row file-row">
      <bdi class="clip" title=${name}>${name}</bdi>
      <span class="row-facts small number">
        <span class="quiet">${formatBytes(length)}</span>
        <progress max=${Math.max(1, length)} value=${isWhole ? Math.max(1, length) : heldBytes}
          aria-label=${`Held of ${name}`}></progress>
        <span class="share">${formatShare(heldBytes, length)}</span>
        <span class="row-actions">
          ${media !== null && html`
            <button
              type="button"
              class="button small-button"
              aria-pressed=${isPlaying}
              onClick=${() => store.play({ infoHash, index })}
            >Play<span class="off-screen"> ${name}</span></button>
          `}
          ${isWhole && html`
            <a class="button small-button" href=${mediaUrl(infoHash, index)}
              download=${path.split("/").at(-1)}>Save<span class="off-screen"> ${name}</span></a>
          `}
        </span>
      </span>
    </div>
  `;
}

/** The connected peers of a transfer. */
export function PeerRows({ transfer: { peers, pieceCount, knownPeers } }) {
  const rowHeight = useRowHeight();
  return html`
    <${VirtualList}
      items=${peers}
      rowHeight=${rowHeight}
      keyOf=${({ address }) => address}
      role="list"
      rowRole="listitem"
      row=${(peer) => html`<${PeerRow} peer=${peer} pieceCount=${pieceCount} />`}
    />
    <p class="small quiet">Addresses known: ${formatCount(knownPeers)}</p>
  `;
}

function PeerRow({ peer: { address, client, heldCount, downRate, upRate }, pieceCount }) {
  return html`
    <div class="row">
      <span class="clip"><span class="number">${visible(address)}</span>${" "}
        <bdi class="small quiet">${visible(client) || "unknown client"}</bdi></span>
      <span class="row-facts small number">
        <span>has ${formatShare(heldCount, pieceCount)}</span>
        <span
          class="rate"><span class="arrow" aria-hidden="true">${ARROWS
            .down}</span><span class="off-screen">down </span>${formatRate(downRate)}</span>
        <span
          class="rate"><span class="arrow is-up" aria-hidden="true">${ARROWS
            .up}</span><span class="off-screen">up </span>${formatRate(upRate)}</span>
      </span>
    </div>
  `;
}
