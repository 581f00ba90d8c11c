import { html, render } from "htm/preact/standalone";
import { oncePerFrame } from "../shared/frame_batch.js";
import { App } from "./app.js";
import { Store } from "./store.js";

const root = document.getElementById("app");
const draw = oncePerFrame(() => render(html`<${App} store=${store} />`, root));
const store = new Store(draw);

root.replaceChildren();
store.open();
