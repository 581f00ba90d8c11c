import { assertLess, assertLessOrEqual } from "@std/assert";
import type { PeerAddress } from "../../../lib/net/mod.ts";
import type { RunningTracker } from "../../e2e/scene.ts";
import type { Sluice } from "../../e2e/sluice.ts";
import { Connections } from "./connections.ts";
import { assertPrompt, timeAtDoor } from "./good_client.ts";
import { assertSound } from "./sound.ts";
import { type Seeder, SwarmScene } from "./swarm_scene.ts";
import { CAN_MEASURE, eventually, mebibytes, tell, type Usage, usageOf } from "./usage.ts";

const MEBIBYTE = 1024 * 1024;
const IDLE = 1_000;

/** Connections of a test that come and go, and how many of them at once. */
const PASSING = 10_000;
const AT_ONCE = 25;

/** What all of them may add to the memory of a process, once it has grown to what it needs. */
const GROWTH = 32 * MEBIBYTE;

/** Crowds until memory has to be at rest: what leaks grows with each, what is laid in store does not. */
const CROWDS = 4;

const ENTRANCES = ["the peer port", "the TCP door", "the HTTP door"] as const;
type EntranceName = typeof ENTRANCES[number];

/** With little room the memory tells what is kept; else it tells how lazily it is given back. */
const LITTLE_ROOM = ["-A", "--v8-flags=--max-old-space-size=128,--max-semi-space-size=1"];

/** A place at which strangers come in. */
interface Entrance {
  readonly process: Sluice;
  readonly address: PeerAddress;
  /** How long a good client waits there, in milliseconds. */
  readonly wait: () => Promise<number>;
}

/** The doors of a tracker that are entered by TCP, and the port of a peer. */
function entrancesOf(
  swarm: SwarmScene,
  tracker: RunningTracker,
  seeder: Seeder,
): Record<EntranceName, Entrance> {
  const { process, port, urls } = tracker;
  const host = "127.0.0.1";
  const httpPort = Number(new URL(urls.http).port);
  return {
    "the peer port": { ...seeder, wait: () => swarm.timeToBlock(seeder.address) },
    "the TCP door": { process, address: { host, port }, wait: () => timeAtDoor("tcp", tracker) },
    "the HTTP door": {
      process,
      address: { host, port: httpPort },
      wait: () => timeAtDoor("http", tracker),
    },
  };
}

/** Opens a scene with a tracker and a seeder, and gives their entrances to a test. */
async function atEachEntrance(
  t: Deno.TestContext,
  test: (name: EntranceName, entrance: Entrance) => Promise<void>,
): Promise<void> {
  await using swarm = await SwarmScene.open(300_000);
  const seeder = await swarm.seed([], { permissions: LITTLE_ROOM });
  const tracker = await swarm.scene.tracker(0, [], { permissions: LITTLE_ROOM });
  const entrances = entrancesOf(swarm, tracker, seeder);
  for (const name of ENTRANCES) {
    await t.step(name, () => test(name, entrances[name]));
  }
  assertSound(seeder.process, tracker.process);
}

Deno.test("hostile: a thousand silent connections keep no good client out, and are closed in time", async (t) => {
  await atEachEntrance(t, async (name, { address, process, wait }) => {
    const before = CAN_MEASURE ? await usageOf(process.pid) : undefined;
    await wait();
    {
      await using idle = await Connections.open(IDLE, address);
      const waits: number[] = [];
      for (let turn = 0; turn < 20; turn++) waits.push(await wait());
      assertPrompt(`at ${name} beside ${IDLE} silent ones`, waits);
      await eventually("the silent ones are closed", () => idle.closed === IDLE, 50_000);
      assertLess(idle.lastClosedMs, 40_000);
    }
    if (before === undefined) return;
    await eventually(
      "descriptors are back at the baseline",
      async () => (await usageOf(process.pid)).descriptors <= before.descriptors + 1,
    );
  });
});

/**
 * Connects and closes at once, so many times, some at a time: half of them silently, a quarter after
 * something of no use, and a quarter after that and the end of what they say.
 */
async function comeAndGo({ host: hostname, port }: PeerAddress, count: number): Promise<void> {
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      using conn = await Deno.connect({ hostname, port });
      if (left % 2 === 0) await conn.write(Uint8Array.of(1, 2, 3));
      if (left % 4 === 0) await conn.closeWrite();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/**
 * What a process takes of the machine after a crowd. An HTTP connection may be kept for a moment, and a
 * farewell takes a second: of some looks the one counts that saw the fewest descriptors.
 */
async function usageAtRest(pid: number): Promise<Usage> {
  let rest = await usageOf(pid);
  for (let looks = 0; looks < 40; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const usage = await usageOf(pid);
    if (usage.descriptors <= rest.descriptors) rest = usage;
  }
  return rest;
}

Deno.test({
  name:
    `hostile: ten thousand connections that come and go leave no descriptor and no memory behind${
      CAN_MEASURE ? "" : " (skipped: only Linux tells of other processes)"
    }`,
  ignore: !CAN_MEASURE,
  async fn(t) {
    await atEachEntrance(t, async (name, { address, process, wait }) => {
      // What is loaded or grows once is there before it is measured.
      await comeAndGo(address, PASSING / 2);
      await wait();
      const { descriptors, resident } = await usageAtRest(process.pid);
      const memories = [resident];
      const growth = (): number => (memories.at(-1) ?? 0) - (memories.at(-2) ?? 0);
      do {
        await comeAndGo(address, PASSING);
        await eventually(
          "descriptors are back at the baseline",
          async () => (await usageOf(process.pid)).descriptors <= descriptors,
        );
        memories.push((await usageOf(process.pid)).resident);
      } while (growth() > GROWTH && memories.length <= CROWDS);
      tell(`${name}: ${descriptors} descriptors, ${memories.map(mebibytes).join(", then ")} MiB`);
      assertLessOrEqual(growth(), GROWTH);
      assertPrompt(`at ${name} after ${PASSING} that came and went`, [await wait()]);
    });
  },
});
