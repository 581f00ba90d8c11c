import { html, useEffect, useLayoutEffect, useRef } from "htm/preact/standalone";
import { themeVersion } from "./theme.js";

/** @type {WeakMap<Element, () => void>} */
const redraws = new WeakMap();

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) redraws.get(target)?.();
});

/**
 * A canvas with a pixel for each of the screen's, drawn again when its size, the colours or its version
 * change.
 *
 * @param {{
 *   draw: (context: CanvasRenderingContext2D, width: number, height: number, scale: number) => void,
 *   version: unknown,
 *   label: string,
 *   className?: string,
 *   title?: string,
 * }} props sizes are in pixels of the screen, and `scale` of them are one of the style sheet
 */
export function Canvas({ draw, version, label, className = "", title, ...events }) {
  const ref = useRef(null);
  const latest = useRef(draw);
  latest.current = draw;
  const redraw = useRef(() => {
    const canvas = ref.current;
    if (canvas === null) return;
    const scale = globalThis.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * scale);
    const height = Math.round(canvas.clientHeight * scale);
    if (width === 0 || height === 0) return;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    latest.current(context, width, height, scale);
  });
  useEffect(() => {
    const canvas = ref.current;
    redraws.set(canvas, redraw.current);
    sizes.observe(canvas);
    return () => sizes.unobserve(canvas);
  }, []);
  useLayoutEffect(() => redraw.current(), [version, themeVersion()]);
  return html`
    <canvas ref=${ref} class=${className} role="img" aria-label=${label} title=${title}
      ...${events} />
  `;
}
