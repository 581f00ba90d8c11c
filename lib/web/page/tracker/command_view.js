import { html } from "htm/preact/standalone";
import { CopyButton } from "../shared/copy_button.js";

/** A command line to select or to copy; on a narrow screen it is broken between its words. */
export function CommandLine({ text, what }) {
  const words = text.split(" ").map((word, at) => [at > 0 && " ", html`<span>${word}</span>`]);
  return html`
    <div class="command">
      <code>${words}</code>
      <${CopyButton} text=${text} what=${what} />
    </div>
  `;
}
