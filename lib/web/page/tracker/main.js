import { html, render } from "htm/preact/standalone";
import { oncePerFrame } from "../shared/frame_batch.js";
import { onThemeChange } from "../shared/theme.js";
import { App } from "./app.js";
import { Store } from "./store.js";
import { Uploads } from "./uploads.js";

const root = document.getElementById("app");
const draw = oncePerFrame(() => render(html`<${App} store=${store} uploads=${uploads} />`, root));
const store = new Store(draw);
const uploads = new Uploads(draw);

function chosen() {
  return /^#\/([0-9a-f]{40}(?:[0-9a-f]{24})?)$/.exec(location.hash)?.[1];
}

addEventListener("hashchange", () => {
  if (store.swarm?.infoHash === chosen()) return;
  store.select(chosen());
  scrollTo(0, 0);
  // Whoever follows a link by keyboard goes on at what it leads to.
  requestAnimationFrame(() => document.querySelector("main")?.focus({ preventScroll: true }));
});

onThemeChange(draw);
root.replaceChildren();
store.select(chosen());
