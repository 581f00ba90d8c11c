import { assert, assertEquals } from "@std/assert";
import { createPeerId, infoHashFromHex, type PeerId } from "../../lib/bytes/mod.ts";
import type { Connection } from "../../lib/net/mod.ts";
import { type Admission, admit } from "../../lib/peer/admission.ts";
import { MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS } from "../../lib/peer/limits.ts";
import type { PeerLink } from "../../lib/peer/link.ts";
import type { GreetedConnection } from "../../lib/peer/open_session.ts";
import { peerPriority } from "../../lib/peer/policy/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { createFortyPieces, dial } from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { type SimulatedTorrent, Simulation } from "./simulation.ts";

const HERE = "10.0.0.1";

const OURS = createPeerId(new Uint8Array(12));
const INFO_HASH = infoHashFromHex("1".repeat(40));

/** One end of a connection, as admission sees it. */
interface End {
  readonly host: string;
  readonly peerId: PeerId;
}

function endOf(host: string, name = host): End {
  const bytes = new Uint8Array(12);
  for (const [at, char] of [...name].entries()) bytes[at % 12]! += char.charCodeAt(0) * (at + 1);
  return { host, peerId: createPeerId(bytes) };
}

function linkTo({ host, peerId }: End): PeerLink {
  const session = {
    peerId,
    direction: "incoming",
    local: { host: HERE, port: 6881 },
    remote: { host, port: 50_000 },
  };
  return { session } as unknown as PeerLink;
}

/** What becomes of one who connects. */
function arrive(
  { host, peerId }: End,
  { links, room, banned }: { links: readonly PeerLink[]; room: number; banned?: string },
): Admission {
  const local = { host: HERE, port: 6881 };
  const connection = { local, remote: { host, port: 40_000 } } as unknown as Connection;
  const greeted: GreetedConnection = {
    connection,
    direction: "incoming",
    theirs: { infoHash: INFO_HASH, peerId, extensions: new Set() },
  };
  return admit(greeted, { ours: OURS, links, isBanned: (other) => other === banned, room });
}

/** Hosts of networks of their own, from the lowest priority to the highest (BEP 40). */
function hostsByPriority(count: number): string[] {
  const priorityOf = (host: string): number =>
    peerPriority({ host: HERE, port: 1 }, { host, port: 1 });
  return Array.from({ length: count }, (_, at) => `${20 + (at >> 8)}.${at & 255}.0.1`)
    .sort((one, other) => priorityOf(one) - priorityOf(other));
}

/** A node with as many connections as it may have, and a host of a priority below all of them. */
async function fill(
  sim: Simulation,
  torrent: SimulatedTorrent,
): Promise<{ rogues: RoguePeer[]; lower: string }> {
  sim.seed(HERE, torrent);
  const [lower, ...hosts] = hostsByPriority(MAX_CONNECTIONS + 1);
  assert(lower !== undefined);
  const rogues: RoguePeer[] = [];
  for (const host of hosts) rogues.push(await dial(sim, torrent, { host }));
  await sim.settle();
  assert(rogues.every(({ state }) => state === "open"));
  return { rogues, lower };
}

Deno.test("Where there is room everybody is admitted, in nobody's place", () => {
  const [lowest, ...others] = hostsByPriority(10).map((host) => endOf(host));
  const admission = arrive(lowest!, { links: others.map(linkTo), room: 1 });
  assertEquals(admission, { type: "admitted", inPlaceOf: undefined });
});

Deno.test("Where there is no room one of higher priority takes the place of the lowest (BEP 40)", () => {
  const ends = hostsByPriority(10).map((host) => endOf(host));
  for (let rank = 0; rank < ends.length; rank++) {
    const links = ends.filter((_, at) => at !== rank).map(linkTo);
    const admission = arrive(ends[rank]!, { links, room: 0 });
    if (rank === 0) assertEquals(admission, { type: "refused", reason: "no room" });
    else assert(admission.type === "admitted" && admission.inPlaceOf === links[0], `${rank}`);
  }
});

Deno.test("Whoever comes in whatever order, those of the highest priority are there in the end", () => {
  for (let seed = 0; seed < 10; seed++) {
    const random = seededRandom(seed);
    const ends = hostsByPriority(100).map((host) => endOf(host));
    const coming = ends.map((end) => ({ end, at: random() })).sort((a, b) => a.at - b.at);
    const links: PeerLink[] = [];
    for (const { end } of coming) {
      const admission = arrive(end, { links, room: 20 - links.length });
      if (admission.type === "refused") continue;
      if (admission.inPlaceOf !== undefined) links.splice(links.indexOf(admission.inPlaceOf), 1);
      links.push(linkTo(end));
      assert(links.length <= 20);
    }
    const there = new Set(links.map(({ session }) => session.remote.host));
    assertEquals(there, new Set(ends.slice(-20).map(({ host }) => host)));
  }
});

Deno.test("One who is not to be here takes nobody's place, nor does one who is here already", () => {
  const ends = hostsByPriority(10).map((host) => endOf(host));
  const highest = ends.pop()!;
  const links = ends.map(linkTo);
  const banned = arrive(highest, { links, room: 0, banned: highest.host });
  assertEquals(banned, { type: "refused", reason: "banned" });
  const ourselves = arrive({ ...highest, peerId: OURS }, { links, room: 0 });
  assertEquals(ourselves, { type: "refused", reason: "ourselves" });
  const again = arrive(ends[5]!, { links, room: 0 });
  assert(again.type === "refused" || again.inPlaceOf === links[5]);
  assertEquals(arrive(highest, { links: [], room: 0 }), { type: "refused", reason: "no room" });
});

Deno.test("One address has ten connections at most, however high its priority is", () => {
  const random = seededRandom(10);
  const [lowest, ...hosts] = hostsByPriority(10);
  const host = hosts[randomBelow(random, hosts.length)]!;
  const peers = Array.from(
    { length: MAX_CONNECTIONS_PER_ADDRESS },
    () => ({ host, peerId: createPeerId(randomBytes(random, 12)) }),
  );
  const links = [endOf(lowest!), ...peers].map(linkTo);
  const late = { host, peerId: createPeerId(randomBytes(random, 12)) };
  assertEquals(arrive(late, { links, room: 0 }), { type: "refused", reason: "no room" });
  const fewer = links.slice(0, -1);
  assertEquals(arrive(late, { links: fewer, room: 0 }), { type: "admitted", inPlaceOf: links[0] });
});

Deno.test("An IPv6 network of 64 bits has the connections of four addresses at most", () => {
  const end = (network: string, at: number): End => endOf(`2001:db8:0:${network}::${at}`);
  const most = 4 * MAX_CONNECTIONS_PER_ADDRESS;
  const links = Array.from({ length: most }, (_, at) => linkTo(end("1", at + 1)));
  const late = end("1", 100);
  assertEquals(arrive(late, { links, room: 9 }), { type: "refused", reason: "no room" });
  assertEquals(arrive(late, { links: links.slice(1), room: 9 }).type, "admitted");
  assertEquals(arrive(end("2", 100), { links, room: 9 }).type, "admitted");
});

Deno.test("A full node refuses one of lower priority, and keeps all that it has (BEP 40)", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  const { rogues, lower } = await fill(sim, torrent);
  const late = await dial(sim, torrent, { host: lower }).catch(() => undefined);
  await late?.closed;
  assert(rogues.every(({ state }) => state === "open"));
  for (const rogue of rogues) rogue.close();
});
