/**
 * Runs a swarm of real processes under faults of all kinds for a while, and fails if anything but the
 * faults went wrong: `deno task soak [--minutes 10] [--seed N]`. Too slow for the tests.
 */
import { parseArgs } from "@std/cli/parse-args";
import { sleep, systemClock } from "../../lib/net/mod.ts";
import { EXIT } from "../../lib/cli/exit_code.ts";
import { CAN_MEASURE } from "../faults/hostile/usage.ts";
import { Chance } from "./chance.ts";
import { Downloads } from "./downloads.ts";
import { Faults } from "./faults.ts";
import { FullDisk } from "./full_disk.ts";
import { Health } from "./health.ts";
import { Ledger, say } from "./ledger.ts";
import { Observer } from "./observer.ts";
import { LINK_KINDS, World } from "./world.ts";

/** Downloads that run at the same time. */
const PLACES = 3;

/** How often something is looked at: the processes, the observer's next peer, the figures. */
const LOOK_MS = 2_000;

/** Whatever still goes on so long after the last fault is given up: the whole end takes 2 minutes. */
const END_MS = 45_000;

/** In a soak of this length each kind of fault has to happen. */
const FULL_MS = 5 * 60_000;

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, { string: ["minutes", "seed"] });
  const minutes = Number(args.minutes ?? 10);
  const seed = Number(args.seed ?? crypto.getRandomValues(new Uint16Array(1))[0]);
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    say("Usage: deno task soak [--minutes N] [--seed N]");
    return EXIT.usage;
  }
  say(`Soak of ${minutes} minutes with --seed ${seed}`);
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => interrupted.abort());
  }
  const ledger = new Ledger();
  const over = new AbortController();
  interrupted.signal.addEventListener("abort", () => {
    ledger.close();
    over.abort();
  });
  try {
    const chance = new Chance(seed);
    await using world = await World.open({ chance, ledger, over: over.signal });
    await soak(world, { ms: minutes * 60_000, signal: interrupted.signal }, over);
  } catch (error) {
    ledger.fail(`the soak fails: ${error instanceof Error ? error.stack : error}`);
  }
  say(ledger.summary());
  if (interrupted.signal.aborted) {
    say("It was interrupted before it could demand anything");
    return ledger.failures.length === 0 ? EXIT.interrupted : EXIT.error;
  }
  if (ledger.failures.length === 0) return EXIT.done;
  say(`\n${ledger.failures.length} failures:\n${ledger.failures.join("\n")}`);
  say(`\nAgain with: deno task soak --minutes ${minutes} --seed ${seed}`);
  return EXIT.error;
}

/** How long something is done. */
interface Span {
  readonly ms: number;
  /** Ends it sooner. */
  readonly signal: AbortSignal;
}

async function soak(world: World, span: Span, over: AbortController): Promise<void> {
  const { ledger } = world;
  const places = Array.from({ length: PLACES }, (_, at) => new Downloads(world, `leecher ${at}`));
  const disk = await FullDisk.mount(world);
  if (typeof disk === "string") say(`No disk is filled: ${disk}`);
  const faults = new Faults(world, places, typeof disk === "string" ? undefined : disk);
  const health = new Health(world);
  const observer = new Observer(world);
  const downloading = Promise.all(places.map((place) => place.run()));
  const pause = 1_500 + 2_000 * world.chance.of("pause").random();
  try {
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
  } catch (error) {
    over.abort();
    throw error;
  } finally {
    for (const place of places) place.stop();
    const giveUp = setTimeout(() => over.abort(), END_MS);
    await Promise.all([faults.settle(), downloading]);
    clearTimeout(giveUp);
  }
  // Whoever is still there is killed with the world.
  if (span.signal.aborted) return;
  await health.judge();
  await Promise.all(world.roles.map((role) => role.end()));
  await world.inspectFolder();
  demand(world, faults, span);
}

/** Fails if the soak proves less than it is for. */
function demand({ ledger }: World, faults: Faults, { ms }: Span): void {
  const unseen = [...ledger.unseen].map(([why, count]) => `${count} x ${why}`).join("; ");
  say(`The observer saw ${ledger.observed} pieces, and nothing for: ${unseen || "no reason"}`);
  if (ledger.finished === 0) ledger.fail("nothing was downloaded");
  if (ledger.observed === 0) ledger.fail("no piece was observed");
  if (ms < FULL_MS) return;
  if (CAN_MEASURE && ledger.judged === 0) ledger.fail("memory and descriptors were not judged");
  for (const kind of [...faults.kinds, ...LINK_KINDS]) {
    if (!ledger.faults.has(kind)) ledger.fail(`${kind}: it never happened`);
  }
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
