import { assert } from "@std/assert";
import {
  simulateSwarm,
  type SwarmOutcome,
  type SwarmScenario,
} from "../../bench/swarm/simulate_swarm.ts";

const MIB = 1024 * 1024;

/** Runs one seeder and hosts that fetch 32 MiB over links of 50 Mbit/s. */
function fanOut(scenario: Partial<SwarmScenario> & { hosts: number }): Promise<SwarmOutcome> {
  return simulateSwarm({
    length: 32 * MIB,
    pieceLength: 256 * 1024,
    bitsPerSecond: 50e6,
    limitSeconds: 60,
    ...scenario,
  });
}

/** Fails if a host took more than so many times what a link needs for the file. */
function assertWithin(outcome: SwarmOutcome, seconds: readonly number[], times: number): void {
  const ratios = seconds.map((each) => Math.round(each / outcome.optimumSeconds * 100) / 100);
  assert(ratios.length > 0 && ratios.every((ratio) => ratio <= times), `${ratios} > ${times}`);
}

Deno.test("Eight hosts have a file in a fifth more than one link needs, which the seeder sends once", async () => {
  const outcome = await fanOut({ hosts: 8 });
  assertWithin(outcome, [outcome.lastSeconds], 1.2);
  assert(outcome.seconds.every((seconds) => seconds >= outcome.optimumSeconds * 0.99));
  assert(outcome.sentFiles >= 0.99 && outcome.sentFiles <= 1.15, `${outcome.sentFiles} sent`);
  assert(outcome.receivedFiles >= 0.99 && outcome.receivedFiles <= 1.02);
});

Deno.test("A single host has the file as fast as its link carries it", async () => {
  const outcome = await fanOut({ hosts: 1, length: 16 * MIB });
  assertWithin(outcome, outcome.seconds, 1.1);
});

Deno.test("A host at a tenth of the rate does not slow the others down", async () => {
  const outcome = await fanOut({ hosts: 7, speeds: [0.1], limitSeconds: 8 });
  assertWithin(outcome, outcome.seconds.slice(1), 1.25);
});

Deno.test("A host at a tenth of the rate has the file in the end, too", async () => {
  const outcome = await fanOut({ hosts: 3, speeds: [0.1], length: 4 * MIB });
  assertWithin(outcome, outcome.seconds.slice(0, 1), 13);
});

Deno.test("Hosts that stand still near the end hold the others up for less than the file takes", async () => {
  const freezesMs = [2_300, 2_400, 2_450, 2_500, 2_550, 2_600];
  const outcome = await fanOut({ hosts: 9, length: 16 * MIB, freezesMs });
  assertWithin(outcome, outcome.seconds.slice(freezesMs.length), 2);
});

Deno.test("A seeder whose link is slow is often quiet, and offers nothing anew for that", async () => {
  const slow = { hosts: 8, length: 2 * MIB, pieceLength: 64 * 1024, bitsPerSecond: 1e6 };
  let sent = 0;
  for (const seed of [1, 2, 3]) sent += (await fanOut({ ...slow, seed })).sentFiles;
  assert(sent <= 3 * 1.88, `${sent} sent in three times`);
});

Deno.test("A seeder sends little twice to hosts that are 0.3 s away, though it waits for them", async () => {
  const outcome = await fanOut({ hosts: 8, length: 16 * MIB, latencyMs: 300 });
  assert(outcome.sentFiles <= 1.15, `${outcome.sentFiles} sent`);
});

Deno.test("Hosts that start two seconds apart each have the file in a third more than a link needs", async () => {
  const outcome = await fanOut({ hosts: 4, startsMs: [0, 2_000, 4_000, 6_000] });
  assertWithin(outcome, outcome.seconds, 1.3);
});

Deno.test("A swarm whose hosts leave when they are done completes, the last of them too", async () => {
  const outcome = await fanOut({ hosts: 4, length: 16 * MIB, whenDone: "leave" });
  assertWithin(outcome, outcome.seconds, 1.4);
  const late = await fanOut({
    hosts: 3,
    length: 8 * MIB,
    startsMs: [0, 500, 1_500],
    whenDone: "leave",
  });
  assertWithin(late, late.seconds, 1.7);
});

Deno.test("Guidance costs nothing where pieces are small and journeys long", async () => {
  const far = { length: 4 * MIB, pieceLength: 16 * 1024, latencyMs: 50 };
  const alone = await fanOut({ hosts: 1, ...far });
  const guided = await fanOut({ hosts: 2, ...far });
  assert(
    guided.lastSeconds <= 1.5 * alone.lastSeconds,
    `${guided.lastSeconds} s for two, ${alone.lastSeconds} s for one`,
  );
});

Deno.test("Sixteen hosts that a seeder conducts pass on what they have sooner than by themselves", async () => {
  const slow = { hosts: 16, length: 4 * MIB, pieceLength: 32 * 1024, bitsPerSecond: 10e6 };
  let [lastSeconds, sent] = [0, 0];
  for (const seed of [1, 2]) {
    const outcome = await fanOut({ ...slow, seed });
    lastSeconds += outcome.lastSeconds / outcome.optimumSeconds;
    sent += outcome.sentFiles;
  }
  // By themselves they take 1.57 and are sent 1.41.
  assert(lastSeconds <= 2 * 1.4, `${lastSeconds / 2} of the optimum`);
  assert(sent <= 2 * 1.25, `${sent / 2} sent`);
});

Deno.test("A conductor is not held up by hosts that stand still, or are slow", async () => {
  const freezesMs = Array.from({ length: 12 }, (_, position) => 3_300 + position * 50);
  const room = { hosts: 16, length: 16 * MIB, bitsPerSecond: 35e6, freezesMs };
  let lastSeconds = 0;
  for (const seed of [1, 2, 3]) {
    const { seconds, optimumSeconds } = await fanOut({ ...room, seed });
    lastSeconds += Math.max(...seconds.slice(freezesMs.length)) / optimumSeconds;
  }
  assert(lastSeconds <= 3 * 2.6, `${lastSeconds / 3} of the optimum`);
  const slow = await fanOut({ hosts: 16, length: 16 * MIB, speeds: [0.1, 0.1], limitSeconds: 8 });
  assertWithin(slow, slow.seconds.slice(2), 1.5);
});

Deno.test("Hosts that join while others are about to be conducted have the file, too", async () => {
  const outcome = await fanOut({ hosts: 13, length: 8 * MIB, startsMs: [0, 100, 200, 300, 400] });
  assertWithin(outcome, outcome.seconds, 1.9);
});

Deno.test("Hosts of two networks that only the seeder joins all have the file, though it conducts them", async () => {
  const outcome = await fanOut({ hosts: 14, length: 8 * MIB, networks: 2 });
  assertWithin(outcome, outcome.seconds, 2.6);
});
