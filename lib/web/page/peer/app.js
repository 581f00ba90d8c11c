import { html, useEffect } from "htm/preact/standalone";
import { formatRate, formatShare, visible } from "../shared/format.js";
import { PageBar } from "../shared/page_bar.js";
import { LimitsForm } from "./limits_form.js";
import { Player } from "./player.js";
import { TransferCard } from "./transfer_card.js";

/** The whole page. */
export function App({ store }) {
  const { connection, peer, transfers, refusal } = store;
  const all = transfers.values;
  const title = titleOf(all);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return html`
    <${PageBar} place=${peer && whereOf(peer)} connection=${connection} />
    <main id="content" class="stack" tabindex="-1">
      <h1 class="off-screen">Transfers of this peer</h1>
      ${refusal && html`
        <p class="notice is-bad refusal" role="alert">
          <span>${visible(refusal)}</span>
          <button type="button" class="button" onClick=${() => store.forgive()}>Dismiss</button>
        </p>
      `}
      ${peer === undefined ? html`<${Waiting} connection=${connection} />` : html`
        <${Totals} store=${store} transfers=${all} />
        <${Player} store=${store} />
        ${all.length === 0
          ? html`<${Empty} />`
          : all.map((transfer) =>
            html`<${TransferCard} key=${transfer.infoHash} store=${store} transfer=${transfer} />`
          )}
      `}
    </main>
  `;
}

function Totals({ store, transfers }) {
  const sum = (field) => transfers.reduce((total, transfer) => total + transfer[field], 0);
  return html`
    <section class="card totals" aria-labelledby="rates">
      <h2 id="rates" class="off-screen">Rates and limits</h2>
      <dl class="figures">
        <div>
          <dt>Down</dt>
          <dd>${formatRate(sum("downRate"))}</dd>
        </div>
        <div>
          <dt>Up</dt>
          <dd>${formatRate(sum("upRate"))}</dd>
        </div>
      </dl>
      <${LimitsForm} store=${store} />
    </section>
  `;
}

function Waiting({ connection: { state, reason } }) {
  const [head, text] = state !== "lost"
    ? ["Connecting to the peer", "Its transfers are shown in a moment."]
    : reason === undefined
    ? [
      "The peer does not answer",
      "The command may have ended. Where it runs again it tells a new page.",
    ]
    : ["The peer refuses", visible(reason)];
  return html`
    <div class="card empty">
      <h2>${head}</h2>
      <p>${text}</p>
    </div>
  `;
}

function Empty() {
  return html`
    <div class="card empty">
      <h2>No transfers yet</h2>
      <p>What this peer shares or fetches appears here by itself.</p>
    </div>
  `;
}

function titleOf(transfers) {
  const missing = transfers.filter(({ heldBytes, length }) => heldBytes < length);
  if (missing.length === 0) return "Sluice";
  const [held, length] = ["heldBytes", "length"].map((field) =>
    missing.reduce((sum, transfer) => sum + transfer[field], 0)
  );
  return `${formatShare(held, length)} \u2013 Sluice`;
}

/** Where a peer is, in words; of one that listens at all addresses only the port says something. */
function whereOf({ address }) {
  const [, port] = /^(?:0\.0\.0\.0|\[::\]):(\d+)$/.exec(address) ?? [];
  return port === undefined ? `Peer at ${visible(address)}` : `Peer at port ${port}`;
}
