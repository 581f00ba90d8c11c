import { html } from "htm/preact/standalone";
import { visible } from "./format.js";

const WORDS = {
  connecting: "Connecting",
  live: "Live",
  lost: "Connection lost, trying again",
};

/**
 * Tells whether what is on the page is of now.
 *
 * @param {{state: "connecting" | "live" | "lost", reason?: string}} props
 */
export function ConnectionState({ state, reason }) {
  const text = reason === undefined ? WORDS[state] : `${visible(reason)} \u2013 trying again`;
  return html`
    <p class=${`connection is-${state}`} role="status">
      <span class="dot" aria-hidden="true"></span>
      <span>${text}</span>
    </p>
  `;
}
