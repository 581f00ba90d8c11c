import { html } from "htm/preact/standalone";
import { CopyButton } from "../shared/copy_button.js";

/** A command line to select or to copy. */
export function CommandLine({ text, what }) {
  return html`
    <div class="command">
      <code>${text}</code>
      <${CopyButton} text=${text} what=${what} />
    </div>
  `;
}
