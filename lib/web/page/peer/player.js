import { html, useEffect, useRef, useState } from "htm/preact/standalone";
import { visible } from "../shared/format.js";

/** Where a file is to be had. */
export function mediaUrl(infoHash, index) {
  return `media/${infoHash}/${index}`;
}

/** Plays the file that was chosen, also while it comes. */
export function Player({ store }) {
  const { playing, transfers } = store;
  const transfer = playing && transfers.get(playing.infoHash);
  const file = transfer?.files[playing.index];
  if (file === undefined) return null;
  const url = mediaUrl(playing.infoHash, playing.index);
  return html`
    <${Playing} key=${url} url=${url} file=${file} transfer=${transfer}
      store=${store} />
  `;
}

function Playing({ url, file, transfer, store }) {
  const [fault, setFault] = useState(false);
  const ref = useRef(null);
  useEffect(() => {
    const player = ref.current;
    // One that is only taken out of the page may go on loading until its memory is freed.
    return () => {
      player.removeAttribute("src");
      player.load();
    };
  }, []);
  const name = visible(file.path);
  const attributes = {
    ref,
    src: url,
    controls: true,
    autoplay: true,
    preload: "metadata",
    onError: () => setFault(true),
    "aria-label": name,
  };
  const isPaused = transfer.state === "paused" && file.heldBytes < file.length;
  return html`
    <section class="card player" aria-label="Player">
      <div class="card-head">
        <h2><bdi>${name}</bdi></h2>
        <button type="button" class="button" onClick=${() =>
          store.play(undefined)}>Close player</button>
      </div>
      ${file.media === "video"
        ? html`<video ...${attributes} />`
        : html`<audio ...${attributes} />`}
      ${isPaused &&
        html`<p class="notice is-warn">The transfer is paused: what is missing does not come.</p>`}
      ${fault &&
        html`<p class="notice is-bad" role="alert">This browser cannot play it, or it does not come.
        <a href=${url} download=${
          file.path.split("/").at(-1)
        }>Save the file</a> and play it otherwise.</p>`}
    </section>
  `;
}
