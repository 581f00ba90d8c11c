import { html, useEffect, useState } from "htm/preact/standalone";

/** How long a button says that it has copied. */
const SAID_MS = 2000;

/**
 * Puts a text into the clipboard, also where the page came over plain HTTP from another machine, for
 * which browsers have no clipboard of their own.
 *
 * @param {string} text
 * @returns {Promise<boolean>} whether it is there
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not there or not allowed: the way of old is left.
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "off-screen";
  area.setAttribute("aria-hidden", "true");
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    focused?.focus?.();
  }
}

/**
 * A button that copies a text, and says so.
 *
 * @param {{text: string, what: string, label?: string}} props `what` is said besides the label to those
 *   who do not see
 */
export function CopyButton({ text, what, label = "Copy" }) {
  const [outcome, setOutcome] = useState("");
  useEffect(() => {
    if (outcome === "") return;
    const timer = setTimeout(() => setOutcome(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () =>
    setOutcome(await copyText(text) ? "Copied" : "Select it and copy by hand");
  return html`
    <span class="copy-button">
      <button type="button" class="button copy" aria-label=${`${label} ${what}`} onClick=${copy}>
        ${outcome || label}
      </button>
      <span class="off-screen" role="status">${outcome}</span>
    </span>
  `;
}
