import { assertEquals, assertRejects } from "@std/assert";
import { CliError } from "../../lib/cli/cli_error.ts";
import { EXIT } from "../../lib/cli/exit_code.ts";
import { waitForCompletion } from "../../lib/cli/wait_for_completion.ts";
import type { Torrent } from "../../lib/peer/mod.ts";
import { createTorrent, Simulation } from "../peer/simulation.ts";

const TIMEOUT_MS = 20_000;

/** A download of which nobody has anything, and how its wait ended, if it has. */
async function open(sim: Simulation, interrupted = new AbortController().signal) {
  const here: Torrent = sim.leech("leecher", await createTorrent());
  const ends: unknown[] = [];
  const waiting = waitForCompletion(here, {
    ...{ timeoutMs: TIMEOUT_MS, interrupted, clock: sim.clock },
  });
  waiting.then((path) => ends.push(path), (error) => ends.push(error));
  return { here, waiting, ends };
}

Deno.test("A download of which nothing comes is given up after its time-out, and not before", async () => {
  await using sim = new Simulation(1);
  const { waiting, ends } = await open(sim);
  await sim.advance(TIMEOUT_MS - 1_000);
  assertEquals(ends, []);
  await sim.advance(1_500);
  const error = await assertRejects(() => waiting, CliError, "no peers are known for 20 s");
  assertEquals(error.exitCode, EXIT.timeout);
});

Deno.test("A download that is paused has no time-out, which begins when it goes on", async () => {
  await using sim = new Simulation(2);
  const { here, waiting, ends } = await open(sim);
  here.motion.suspend();
  await sim.advance(10 * TIMEOUT_MS);
  assertEquals(ends, []);
  here.motion.proceed();
  await sim.advance(TIMEOUT_MS - 1_000);
  assertEquals(ends, []);
  await sim.advance(1_500);
  await assertRejects(() => waiting, CliError, "no peers are known for 20 s");
});

Deno.test("An interrupt ends the wait for a download at once", async () => {
  await using sim = new Simulation(3);
  const interrupt = new AbortController();
  const { waiting } = await open(sim, interrupt.signal);
  interrupt.abort();
  assertEquals(await waiting, undefined);
});
