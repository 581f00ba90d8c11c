import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { assertContent } from "../../e2e/scene.ts";
import { flipAt, type Leg, Relay, type RelayPlan } from "../relay.ts";
import { CAN_RESET, Resetter } from "../resetter.ts";
import { assertSound } from "./sound.ts";
import { bannedBy, type Seeder, SwarmScene } from "./swarm_scene.ts";
import { eventually } from "./usage.ts";

const MEBIBYTE = 1024 * 1024;
const LENGTH = 4 * MEBIBYTE;

/** A relay to a seeder, and the flag by which `get` goes through it. */
function relayTo(seeder: Seeder, plan: (nth: number) => RelayPlan): {
  readonly relay: Relay;
  readonly flags: readonly string[];
} {
  const relay = new Relay({ target: seeder.address, plan });
  return { relay, flags: ["--peer", `127.0.0.1:${relay.address.port}`] };
}

/** A fault of the first connection from the seeder, and none of the later ones. */
function once(back: Leg): (nth: number) => RelayPlan {
  return (nth) => nth === 0 ? { back } : {};
}

/** Each byte is damaged with a probability that makes one in so many bytes wrong. */
function noise(random: () => number, oneIn: number): NonNullable<Leg["damage"]> {
  let next = randomBelow(random, 2 * oneIn);
  return (bytes, at) => {
    for (; next < at + bytes.length; next += 1 + randomBelow(random, 2 * oneIn)) {
      flipAt(next)(bytes, at);
    }
  };
}

/** What a link to the only seeder does, with the longest that a download may take over it. */
const LINKS: Record<string, readonly [plan: (nth: number) => RelayPlan, seconds: number]> = {
  "is cut in the middle of a piece": [once({ fault: { kind: "cut", after: 300_000 } }), 15],
  "is broken in the middle of a piece": [once({ fault: { kind: "break", after: 300_000 } }), 15],
  "is half-closed in the middle of a piece": [
    once({ fault: { kind: "half-close", after: 300_000 } }),
    15,
  ],
  "is cut in the handshake": [once({ fault: { kind: "cut", after: 10 } }), 15],
  "is broken right after the handshake": [once({ fault: { kind: "break", after: 68 } }), 15],
  "is cut again and again": [
    (nth) => nth < 3 ? { back: { fault: { kind: "cut", after: 500_000 } } } : {},
    30,
  ],
  "changes the length of the first message": [once({ damage: flipAt(68) }), 15],
  "is slow": [() => ({ back: { bytesPerSecond: 4 * MEBIBYTE } }), 15],
};

Deno.test("hostile: a download from one seeder ends right whatever its link does once", async (t) => {
  await using swarm = await SwarmScene.open(LENGTH);
  const seeder = await swarm.seed();
  for (const [what, [plan, seconds]] of Object.entries(LINKS)) {
    await t.step(`the link ${what}`, async () => {
      const { relay, flags } = relayTo(seeder, plan);
      await using _relay = relay;
      const leecher = await swarm.leech(flags);
      const done = await leecher.report("done");
      await assertContent(String(done.path), swarm.torrent.data);
      assertLess(Number(done.seconds), seconds);
      assertEquals((await leecher.outcome()).code, 0);
      assertSound(leecher);
      assertEquals(bannedBy(leecher), []);
    });
  }
  assertSound(seeder.process);
});

Deno.test({
  name: `hostile: a download from one seeder goes on after each reset of its connection${
    CAN_RESET ? "" : " (skipped: this runtime cannot send a reset)"
  }`,
  ignore: !CAN_RESET,
  async fn() {
    await using swarm = await SwarmScene.open(LENGTH);
    const seeder = await swarm.seed();
    const places = [1, 68, 500_000];
    await using resetter = await Resetter.open({
      target: seeder.address,
      after: (nth) => places[nth] ?? Infinity,
    });
    const leecher = await swarm.leech(["--peer", `127.0.0.1:${resetter.address.port}`]);
    const done = await leecher.report("done");
    await assertContent(String(done.path), swarm.torrent.data);
    assertLess(Number(done.seconds), 30);
    assertEquals((await leecher.outcome()).code, 0);
    assertEquals(resetter.resets, places.length);
    assertSound(leecher, seeder.process);
  },
});

Deno.test("hostile: a link that changes bytes does not get wrong ones through, beside one that does not", async () => {
  await using swarm = await SwarmScene.open(LENGTH);
  const seeder = await swarm.seed();
  const clean = await swarm.seed(["--up", "2M"]);
  const random = seededRandom(5);
  const { relay, flags } = relayTo(
    seeder,
    () => ({ back: { damage: noise(random, 200_000), bytesPerSecond: 8 * MEBIBYTE } }),
  );
  await using _relay = relay;
  const leecher = await swarm.leech([...flags, ...clean.flags]);
  const done = await leecher.report("done");
  await assertContent(String(done.path), swarm.torrent.data);
  assertEquals((await leecher.outcome()).code, 0);
  const relayed = `127.0.0.1:${relay.address.port}`;
  assert(bannedBy(leecher).every((peer) => peer === relayed), "the clean peer was banned");
  assertGreater(relay.accepted, 0);
  assertSound(leecher, seeder.process, clean.process);
});

Deno.test("hostile: a link that stalls in the middle of a piece is done without, and its connection goes", async () => {
  await using swarm = await SwarmScene.open(LENGTH);
  const seeder = await swarm.seed();
  const other = await swarm.seed(["--up", "1M"]);
  const { relay, flags } = relayTo(
    seeder,
    () => ({ back: { fault: { kind: "stall", after: 700_000 } } }),
  );
  await using _relay = relay;
  const leecher = await swarm.leech([...flags, ...other.flags]);
  const done = await leecher.report("done");
  await assertContent(String(done.path), swarm.torrent.data);
  assertLess(Number(done.seconds), 15);
  assertEquals((await leecher.outcome()).code, 0);
  relay.resume();
  await eventually("the relay's connections are closed", () => relay.open === 0);
  assertSound(leecher, seeder.process, other.process);
});
