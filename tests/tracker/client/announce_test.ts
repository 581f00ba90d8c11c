import { assert, assertEquals } from "@std/assert";
import { encodeTorrent } from "../../../lib/metainfo/mod.ts";
import {
  REFUSAL,
  type SwarmTicket,
  TrackerClient,
  TrackerRefusedError,
} from "../../../lib/tracker/mod.ts";
import { all, SampleMember } from "../sample_member.ts";
import { samplePeerId } from "../sample_torrents.ts";
import { hostOf, SampleTracker, telling } from "../sample_tracker.ts";

function clientOf(tracker: SampleTracker, number: number): TrackerClient {
  return new TrackerClient({
    address: tracker.server.address,
    transport: tracker.network.host(hostOf(number)),
    clock: tracker.clock,
    random: () => 0.5,
    peerId: samplePeerId(number),
    port: number,
    agent: `Test/${number}`,
  });
}

/** Members of that many torrents, of which they hold everything. */
function members(count: number, name = "file"): Promise<SampleMember[]> {
  return Promise.all(all(count).map((number) => SampleMember.of(`${name} ${number}`, 1, [0])));
}

/** Counts the memberships that are announced. */
function counted(tickets: readonly SwarmTicket[]): { announced: number } {
  const count = { announced: 0 };
  for (const { announced } of tickets) void announced.then(() => count.announced++);
  return count;
}

/** The queries of a name that were answered so far. */
function queriesOf(tracker: SampleTracker, name: string): number {
  return tracker.server.statistics().queries[name] ?? 0;
}

/** Advances the time bit by bit, as it goes by where work is done that takes none. */
async function pass(tracker: SampleTracker, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    await tracker.clock.advance(50);
    // Hashing takes no time of the clock, but turns of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("torrents that are more than one reply can want are all published at once", async () => {
  await using tracker = new SampleTracker({ limits: { queryBurst: 100_000 } });
  await using client = clientOf(tracker, 1);
  const tickets = (await members(600)).map((member) => client.join(member));
  const count = counted(tickets);
  for (let turn = 0; turn < 100 && count.announced < 600; turn++) await pass(tracker, 100);
  const { swarms } = tracker.server.registry;
  const published = [...swarms.values()].filter(({ torrent }) => torrent.state === "published");
  assertEquals([published.length, count.announced], [600, 600]);
  assertEquals(queriesOf(tracker, "publish"), 600);
  assert(tracker.clock.now() < 15_000);
});

Deno.test("a membership is not announced before somebody has handed in the torrent file", async () => {
  await using tracker = new SampleTracker();
  const member = await SampleMember.of("a", 8, all(8));
  const { infoHash } = member.info;
  using other = await tracker.enter(9);
  const report = { infoHash, held: { kind: "complete" } } as const;
  const { name, pieceLength, layout } = member.info;
  const shape = { name, length: layout.totalLength, pieceLength };
  assertEquals((await other.ask("update_status", telling({ ...report, shape }))).want, [infoHash]);
  await using client = clientOf(tracker, 1);
  const count = counted([client.join(member)]);
  await pass(tracker, 6_000);
  assertEquals(count.announced, 0);
  assertEquals(tracker.server.registry.swarms.get(infoHash)?.members.length, 2);
  const data = encodeTorrent({ info: member.info });
  await other.ask("publish", { infoHash, total: data.length, offset: 0, data });
  await pass(tracker, 3_000);
  assertEquals(count.announced, 1);
});

Deno.test("a membership whose torrent file is refused for good does not keep anybody waiting", async () => {
  await using tracker = new SampleTracker({ limits: { torrentFileBytes: 1 } });
  await using client = clientOf(tracker, 1);
  const states = client.states.getReader();
  const count = counted([client.join(await SampleMember.of("a", 8))]);
  await pass(tracker, 500);
  assertEquals(count.announced, 1);
  await states.read();
  const { value } = await states.read();
  assert(value?.type === "refused" && value.error instanceof TrackerRefusedError);
  assertEquals(value.error.code, REFUSAL.tooLarge);
});

Deno.test("a new share does not wait until peers of all others were asked for", async () => {
  await using tracker = new SampleTracker({ limits: { queryBurst: 50 } });
  await using client = clientOf(tracker, 1);
  for (const member of await members(300)) {
    tracker.server.registry.publish(member);
    client.join(member);
  }
  await pass(tracker, 1_000);
  const [share] = await members(1, "new");
  assert(share !== undefined);
  const count = counted([client.join(share)]);
  await pass(tracker, 2_000);
  assertEquals(count.announced, 1);
  assert(queriesOf(tracker, "get_peers") < 200);
  await pass(tracker, 12_000);
  assertEquals(queriesOf(tracker, "get_peers"), 301);
});

Deno.test("a tracker that wants the same again and again gets it once, then ever less often", async () => {
  await using tracker = new SampleTracker();
  const member = await SampleMember.of("a", 8, all(8));
  const { infoHash } = member.info;
  tracker.server.registry.takeWanted = () => new Array(256).fill(infoHash);
  await using client = clientOf(tracker, 1);
  client.join(member);
  await pass(tracker, 9_000);
  assertEquals(queriesOf(tracker, "publish"), 1);
  assert(queriesOf(tracker, "update_status") <= 4);
  await pass(tracker, 60_000);
  assert(queriesOf(tracker, "publish") <= 3, `${queriesOf(tracker, "publish")}`);
});

Deno.test("a tracker that never understands a report is told it in full ever less often", async () => {
  await using tracker = new SampleTracker();
  const member = await SampleMember.of("a", 8, [1]);
  tracker.server.registry.publish(member);
  tracker.server.registry.unclear = () => [member.info.infoHash, member.info.infoHash];
  await using client = clientOf(tracker, 1);
  client.join(member);
  await pass(tracker, 20_000);
  assertEquals(queriesOf(tracker, "update_status"), 2);
});

Deno.test("a contradicted report is repeated once the torrent file was taken, and not before", async () => {
  await using tracker = new SampleTracker();
  const member = await SampleMember.of("a", 8, [1]);
  const { registry } = tracker.server;
  registry.report = () => {
    throw new TrackerRefusedError(REFUSAL.ambiguous, "Cannot take report");
  };
  const publish = registry.publish.bind(registry);
  registry.publish = () => {
    throw new TrackerRefusedError(REFUSAL.tooMany, "Cannot publish");
  };
  await using client = clientOf(tracker, 1);
  client.join(member);
  await pass(tracker, 20_000);
  assertEquals([queriesOf(tracker, "update_status"), queriesOf(tracker, "publish")], [1, 1]);
  registry.publish = publish;
  await pass(tracker, 6_000);
  assertEquals([queriesOf(tracker, "update_status"), queriesOf(tracker, "publish")], [3, 2]);
});
