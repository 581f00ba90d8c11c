/**
 * Runs a swarm of real processes under faults of all kinds for a while, and fails if anything but the
 * faults went wrong: `deno task soak [--minutes 10] [--seed N]`. Too slow for the tests.
 */
import { parseArgs } from "@std/cli/parse-args";
import { sleep, systemClock } from "../../lib/net/mod.ts";
import { seededRandom } from "../bytes/seeded_random.ts";
import { Downloads } from "./downloads.ts";
import { Faults } from "./faults.ts";
import { Health } from "./health.ts";
import { Ledger, say } from "./ledger.ts";
import { Observer } from "./observer.ts";
import { World } from "./world.ts";

/** Downloads that run at the same time. */
const PLACES = 3;

/** How often something is looked at: the processes, the observer's next peer, the figures. */
const LOOK_MS = 2_000;

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, { string: ["minutes", "seed"] });
  const minutes = Number(args.minutes ?? 10);
  const seed = Number(args.seed ?? crypto.getRandomValues(new Uint16Array(1))[0]);
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    say("Usage: deno task soak [--minutes N] [--seed N]");
    return 28;
  }
  say(`Soak of ${minutes} minutes with --seed ${seed}`);
  const interrupted = new AbortController();
  Deno.addSignalListener("SIGINT", () => interrupted.abort());
  const ledger = new Ledger();
  const random = seededRandom(seed);
  {
    await using world = await World.open({ random, ledger });
    await soak(world, { ms: minutes * 60_000, signal: interrupted.signal });
  }
  say(ledger.summary());
  if (ledger.finished === 0) ledger.fail("nothing was downloaded");
  if (ledger.failures.length === 0) return 0;
  say(`\n${ledger.failures.length} failures:\n${ledger.failures.join("\n")}`);
  say(`\nAgain with: deno task soak --minutes ${minutes} --seed ${seed}`);
  return 1;
}

/** How long something is done. */
interface Span {
  readonly ms: number;
  /** Ends it sooner. */
  readonly signal: AbortSignal;
}

async function soak(world: World, span: Span): Promise<void> {
  const { ledger } = world;
  const places = Array.from({ length: PLACES }, (_, at) => new Downloads(world, `leecher ${at}`));
  const faults = new Faults(world, places);
  const health = new Health(world);
  const observer = new Observer(world);
  const noDisk = await faults.prepareDisk();
  if (noDisk !== undefined) say(`No disk is filled: ${noDisk}`);
  const downloading = Promise.all(places.map((place) => place.run()));
  const pause = 1_500 + 2_000 * world.random();
  await Promise.all([
    repeat(() => Promise.resolve(faults.inject()), span, pause),
    repeat(() => observer.look(), span, LOOK_MS),
    repeat(
      async () => {
        await health.sample();
        for (const role of world.roles) role.inspect();
      },
      span,
      LOOK_MS,
    ),
    repeat(() => world.announceStrangers(), span, 60_000),
    repeat(() => Promise.resolve(say(ledger.summary())), span, 60_000),
  ]);
  for (const place of places) place.stop();
  await faults.settle();
  await downloading;
  await health.judge();
  for (const role of world.roles) await role.end();
  await world.inspectFolder();
}

/** Does something again and again, with a wait between, until the time is over. */
async function repeat(
  work: () => Promise<void>,
  { ms, signal }: Span,
  everyMs: number,
): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() + everyMs < endMs && !signal.aborted) {
    await sleep(systemClock, everyMs, signal);
    await work();
  }
}

Deno.exit(await main());
