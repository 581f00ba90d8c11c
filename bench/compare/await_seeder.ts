/**
 * Ends as soon as the answer at a scrape URL counts a seeder. A program of its own, since the
 * tracker is on a network that the benchmark itself is not part of.
 *
 *     deno run -A bench/compare/await_seeder.ts SCRAPE_URL
 */

/** The time between two looks, in milliseconds: a tracker does not tell by itself. */
const LOOK_MS = 50;

/** Whoever starts this has more patience, or less. */
const PATIENCE_MS = 60_000;

const signal = AbortSignal.timeout(PATIENCE_MS);
const [url = ""] = Deno.args;
while (!/8:completei[1-9]/.test(await (await fetch(url, { signal })).text())) {
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
