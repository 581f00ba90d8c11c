import { html, useMemo } from "htm/preact/standalone";
import { encode } from "uqr";
import { Canvas } from "../shared/canvas.js";
import { commandLine, hostFor, operandFor, tokenIn } from "../shared/command_line.js";
import { CopyButton } from "../shared/copy_button.js";
import { CommandLine } from "./command_view.js";

/** How the program is started from its sources. */
const FROM_SOURCES = "deno run -A main.ts";

/** The ways to a file. */
export function GetIt({ store, file }) {
  const { tracker, files } = store;
  const { infoHash, magnet, state } = file;
  const host = hostFor(tracker, location.hostname);
  const reached = { ...tracker, host, token: tokenIn(location.pathname) };
  const words = ["get", operandFor(file, files.values)];
  // What came from elsewhere must not lead to anything but a magnet link.
  const isMagnet = typeof magnet === "string" && magnet.startsWith("magnet:?");
  return html`
    <section class="card area-get" aria-labelledby="get-it">
      <div class="card-head">
        <h2 id="get-it">Get it</h2>
      </div>
      <${CommandLine} text=${commandLine(words, reached)} what="command line" />
      <details>
        <summary>From the sources</summary>
        <${CommandLine}
          text=${commandLine(words, { ...reached, program: FROM_SOURCES })}
          what="command line from the sources"
        />
      </details>
      <div class="actions">
        ${state === "published"
          ? html`<a class="button primary" href=${`api/v1/files/${infoHash}/torrent`} download="">Torrent file</a>`
          : html`<span class="small quiet">Nobody has handed in its torrent file yet.</span>`}
        ${isMagnet && html`
          <a class="button" href=${magnet}>Magnet link</a>
          <${CopyButton} text=${magnet} what="of the magnet" label="Copy link" />
        `}
      </div>
      ${isMagnet && html`
        <details>
          <summary>QR code of the magnet link</summary>
          <${QrCode} text=${magnet} />
        </details>
      `}
    </section>
  `;
}

function QrCode({ text }) {
  const code = useMemo(() => codeOf(text), [text]);
  if (code === undefined) {
    return html`<p class="small quiet">The link is too long for a QR code: copy it instead.</p>`;
  }
  return html`
    <${Canvas}
      className="qr-code"
      label="QR code of the magnet link"
      version=${text}
      draw=${(context, width) => drawCode(context, code, width)}
    />
  `;
}

function codeOf(text) {
  try {
    return encode(text, { ecc: "L", border: 4 });
  } catch {
    // There is no code so large.
    return undefined;
  }
}

/** Draws a code in black on white whatever the colours of the page: cameras want it so. */
function drawCode(context, { data, size }, width) {
  const module = Math.max(1, Math.floor(width / size));
  const offset = Math.floor((width - module * size) / 2);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, width);
  context.fillStyle = "#000";
  data.forEach((row, y) =>
    row.forEach((isDark, x) => {
      if (isDark) context.fillRect(offset + x * module, offset + y * module, module, module);
    })
  );
}
