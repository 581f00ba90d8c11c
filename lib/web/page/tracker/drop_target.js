import { html, useEffect, useState } from "htm/preact/standalone";

/** Takes files that are dropped anywhere on the page. */
export function DropTarget({ uploads, maxBytes }) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event) => event.relatedTarget === null && setOver(false);
    const drop = (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(false);
      uploads.add([...event.dataTransfer.files], maxBytes);
    };
    const listeners = { dragover: over, dragleave: leave, drop };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener);
    };
  }, [maxBytes]);
  return isOver && html`
    <div class="drop-target" aria-hidden="true">
      <p>Drop it to share it</p>
    </div>
  `;
}
