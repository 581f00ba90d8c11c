import { html } from "htm/preact/standalone";
import { ConnectionState } from "./connection_state.js";

/**
 * The head of a page: what it is of, and whether what is on it is of now; before it, for who comes by
 * keyboard, the way to its content, which has the id `content`.
 *
 * @param {{
 *   home?: string,
 *   place?: string | undefined,
 *   connection: {state: "connecting" | "live" | "lost", reason?: string},
 * }} props where the name leads, if it leads somewhere, and where what is shown is
 */
export function PageBar({ home, place, connection }) {
  const brand = html`
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" class="brand-ground" />
      <path d="M7 9h5v14H7zm13 0h5v14h-5z" class="brand-gate" />
      <path d="M12 14h8v9h-8z" class="brand-water" />
    </svg>
    <span>Sluice</span>
  `;
  return html`
    <a class="skip-link" href="#content" onClick=${skip}>Skip to content</a>
    <header class="bar">
      ${home === undefined
        ? html`<span class="brand">${brand}</span>`
        : html`<a class="brand" href=${home}>${brand}</a>`}
      ${place && html`<span class="host quiet small clip">${place}</span>`}
      <${ConnectionState} ...${connection} />
    </header>
  `;
}

/** To follow the link would change the address, which says what is looked at. */
function skip(event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
