import { html, useEffect, useLayoutEffect, useRef, useState } from "htm/preact/standalone";
import { oncePerFrame } from "./frame_batch.js";

/** Rows drawn above and below what is seen, so that a quick scroll finds them there. */
const SPARE_ROWS = 6;

/**
 * Which rows are seen of a list of which a part lies above the window's upper edge.
 *
 * @param {{top: number, viewHeight: number, rowHeight: number, count: number}} list `top` is where the
 *   list begins, below that edge, in pixels
 * @returns {[first: number, end: number]}
 */
export function seenRows({ top, viewHeight, rowHeight, count }) {
  const first = Math.floor(-top / rowHeight) - SPARE_ROWS;
  const end = Math.ceil((viewHeight - top) / rowHeight) + SPARE_ROWS;
  return [Math.min(count, Math.max(0, first)), Math.min(count, Math.max(0, end))];
}

/**
 * A list of any length of which only the rows that are seen are in the document.
 *
 * @param {{
 *   items: readonly any[],
 *   rowHeight: number,
 *   keyOf: (item: any) => string | number,
 *   row: (item: any, index: number) => unknown,
 *   role: string,
 *   rowRole: string,
 * }} props `rowHeight` in root ems
 */
export function VirtualList({ items, rowHeight, keyOf, row, role, rowRole }) {
  const ref = useRef(null);
  const [[first, end], setRange] = useState([0, 30]);
  const pixels = rowHeight * rootFontSize();
  const count = items.length;
  const measure = () => {
    const { top } = ref.current.getBoundingClientRect();
    const frame = { top, viewHeight: innerHeight, rowHeight: pixels, count };
    const [from, to] = seenRows(frame);
    setRange((range) => range[0] === from && range[1] === to ? range : [from, to]);
  };
  const latest = useRef(measure);
  latest.current = measure;
  useLayoutEffect(measure, [count, pixels]);
  useEffect(() => {
    const look = oncePerFrame(() => ref.current !== null && latest.current());
    const within = new ResizeObserver(look);
    within.observe(document.body);
    addEventListener("scroll", look, { passive: true, capture: true });
    addEventListener("resize", look);
    return () => {
      within.disconnect();
      removeEventListener("scroll", look, { capture: true });
      removeEventListener("resize", look);
    };
  }, []);
  const rows = items.slice(first, end).map((item, at) => {
    const index = first + at;
    const place = { transform: `translateY(${index * pixels}px)`, height: `${pixels}px` };
    return html`
      <div
        key=${keyOf(item)}
        class="virtual-row"
        role=${rowRole}
        style=${place}
        aria-rowindex=${rowRole === "row" ? index + 2 : undefined}
        aria-posinset=${rowRole === "listitem" ? index + 1 : undefined}
        aria-setsize=${rowRole === "listitem" ? count : undefined}
      >${row(item, index)}</div>
    `;
  });
  return html`<div ref=${ref} class="virtual-list" role=${role} style=${{
    height: `${count * pixels}px`,
  }}>${rows}</div>`;
}

function rootFontSize() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
