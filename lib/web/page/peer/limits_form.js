import { html, useState } from "htm/preact/standalone";

/** Limits are typed in these. */
const KIB = 1024;

const NONE = { down: undefined, up: undefined };

/** How fast the peer may be, to be read and changed. */
export function LimitsForm({ store }) {
  // What is typed stays until it is applied, whatever comes meanwhile.
  const [typed, setTyped] = useState(NONE);
  const { limits } = store.peer;
  const text = (name) => typed[name] ?? textOf(limits[name]);
  const apply = async (event) => {
    event.preventDefault();
    await store.limit({ down: bytesOf(text("down")), up: bytesOf(text("up")) });
    setTyped(NONE);
  };
  const field = (name, label) =>
    html`
      <label class="limit small">
        <span class="quiet">${label}</span>
        <span class="limit-field">
          <input
            class="field number"
            type="number"
            name=${name}
            min="1"
            step="any"
            inputmode="decimal"
            placeholder="none"
            value=${text(name)}
            onInput=${(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
          />
          <span class="quiet" aria-hidden="true">KiB/s</span>
        </span>
      </label>
    `;
  const isChanged = ["down", "up"].some((name) => text(name) !== textOf(limits[name]));
  return html`
    <form class="limits" onSubmit=${apply}>
      ${field("down", "Limit down (KiB/s)")} ${field("up", "Limit up (KiB/s)")}
      <button class="button" disabled=${!isChanged}>Apply</button>
    </form>
  `;
}

function textOf(bytes) {
  return bytes === null ? "" : String(Number((bytes / KIB).toFixed(2)));
}

function bytesOf(text) {
  return text.trim() === "" ? null : Math.max(1, Math.round(Number(text) * KIB));
}
