import { html, useEffect, useRef, useState } from "htm/preact/standalone";
import uPlot from "uplot";
import { formatBytes, formatCount, formatRate } from "../shared/format.js";
import { colour, onThemeChange } from "../shared/theme.js";

const HEIGHT = 160;

/** Steps between the marks of an axis of bytes, so that they are whole in the units that are shown. */
const BYTE_STEPS = Array.from({ length: 44 }, (_, power) => 2 ** power);

/** Steps between the marks of an axis of things that are counted. */
const COUNT_STEPS = Array.from(
  { length: 9 },
  (_, power) => [1, 2, 5].map((step) => step * 10 ** power),
)
  .flat();

const CHARTS = [
  {
    title: "Peers",
    format: formatCount,
    steps: COUNT_STEPS,
    axisWidth: 36,
    series: [
      { name: "leechers", label: "Leechers", stroke: "up" },
      { name: "seeders", label: "Seeders", stroke: "chunk-whole" },
    ],
  },
  {
    title: "Fetched",
    format: formatRate,
    steps: BYTE_STEPS,
    axisWidth: 74,
    series: [{ name: "downRate", label: "Rate", stroke: "chunk-whole" }],
  },
  {
    title: "Announces a second",
    format: (value) => value < 10 ? value.toFixed(1) : formatCount(value),
    axisWidth: 36,
    series: [{ name: "announcesPerSecond", label: "Announces", stroke: "chunk-whole" }],
  },
  {
    title: "Memory",
    format: formatBytes,
    steps: BYTE_STEPS,
    axisWidth: 74,
    series: [{ name: "memory", label: "Resident", stroke: "chunk-whole" }],
  },
];

/** The last hour of a tracker. */
export function Charts({ history }) {
  return html`
    <section aria-labelledby="last-hour">
      <h2 id="last-hour" class="section-title">The last hour</h2>
      <div class="charts">${CHARTS.map((chart) =>
        html`<${Chart} key=${chart.title} chart=${chart} history=${history} version=${history.version} />`
      )}</div>
    </section>
  `;
}

function Chart({ chart, history, version }) {
  const box = useRef(null);
  const plot = useRef(undefined);
  const [pointed, setPointed] = useState(undefined);
  const [theme, setTheme] = useState(0);
  const data = dataOf(chart, history);
  useEffect(() => onThemeChange(() => setTheme((count) => count + 1)), []);
  useEffect(() => {
    const made = new uPlot(optionsOf(chart, box.current, setPointed), data, box.current);
    plot.current = made;
    const sizes = new ResizeObserver(() =>
      made.setSize({ width: box.current.clientWidth, height: HEIGHT })
    );
    sizes.observe(box.current);
    return () => {
      sizes.disconnect();
      made.destroy();
    };
  }, [theme]);
  useEffect(() => plot.current.setData(data), [version]);
  const isEmpty = data[0].length < 2;
  const at = pointed ?? data[0].length - 1;
  const values = chart.series.map(({ label, stroke }, index) => ({
    label,
    stroke,
    text: data[index + 1][at] === undefined ? "\u2013" : chart.format(data[index + 1][at]),
  }));
  const summary = values.map(({ label, text }) => `${label}: ${text}`).join(", ");
  return html`
    <figure class=${`card chart ${isEmpty ? "is-empty" : ""}`}>
      <figcaption class="card-head">
        <h3>${chart.title}</h3>
        <span class="small number">${values.map(({ label, stroke, text }) =>
          html`<span class="legend"><span class=${`swatch is-${stroke}`}></span>${
            values.length > 1 ? `${label} ` : ""
          }<b>${text}</b></span>`
        )}</span>
      </figcaption>
      ${isEmpty && html`<p class="chart-none quiet small">The first figures come in a moment.</p>`}
      <div ref=${box} class="chart-box" role="img" aria-label=${`${chart.title}, last hour. ${summary}`}></div>
    </figure>
  `;
}

function dataOf({ series }, { atMs, series: all }) {
  return [atMs.map((ms) => ms / 1000), ...series.map(({ name }) => all[name] ?? [])];
}

function optionsOf({ series, format, steps, axisWidth }, box, setPointed) {
  const axis = {
    stroke: colour("text-2"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.15 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 60, values: timesOf },
      {
        ...axis,
        ...steps && { incrs: steps },
        ...{ size: axisWidth, space: 30, gap: 6 },
        values: (_, ticks) => ticks.map((tick) => tickText(tick, format)),
      },
    ],
    series: [
      {},
      ...series.map(({ stroke, label }) => ({
        label,
        stroke: colour(stroke),
        fill: `${colour(stroke)}22`,
        width: 2,
        points: { show: false },
      })),
    ],
    hooks: { setCursor: [({ cursor: { idx } }) => setPointed(idx ?? undefined)] },
  };
}

function tickText(tick, format) {
  return tick === 0 ? "0" : format(tick);
}

function timesOf(_, seconds) {
  return seconds.map((second) =>
    new Date(1000 * second).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
  );
}
