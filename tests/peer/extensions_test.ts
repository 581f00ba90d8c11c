import { assert, assertEquals } from "@std/assert";
import { decode } from "../../lib/bencode/mod.ts";
import { decodePing, encodePing, EXTENSION_ID } from "../../lib/peer/wire/mod.ts";
import { createFortyPieces, dial, FAST } from "./fast_rogue.ts";
import type { RoguePeer } from "./rogue_peer.ts";
import { Simulation } from "./simulation.ts";

const EXTENDED = new Set(["extension-protocol"] as const);
const PONG_ID = 42;

/** The dictionary of the first extended handshake that a rogue was sent. */
async function helloOf(rogue: RoguePeer): Promise<Map<string, unknown>> {
  const { id, payload } = await rogue.next("extended");
  assertEquals(id, 0);
  const hello = decode(payload);
  assert(hello instanceof Map);
  return hello;
}

/** Pings a node, and gives the ids under which the answers came. */
async function pongIdsOf(sim: Simulation, rogue: RoguePeer): Promise<number[]> {
  const before = rogue.all("extended").length;
  const payload = encodePing({ kind: "ping", nonce: 7 });
  rogue.send({ type: "extended", id: EXTENSION_ID.sl_ping, payload });
  await sim.settle();
  return rogue.all("extended").slice(before).map(({ id, payload }) => {
    assertEquals(decodePing(payload), { kind: "pong", nonce: 7 });
    return id;
  });
}

Deno.test("The extended handshake comes at once, before all other messages (BEP 10)", async () => {
  await using sim = new Simulation(1);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent);
  using rogue = await dial(sim, torrent, { extensions: EXTENDED });
  await sim.settle();
  const [first] = rogue.log;
  assert(first?.type === "extended" && first.id === 0);
  assertEquals(rogue.all("extended").length, 1);
});

Deno.test("A peer that does not announce the extension protocol is sent none of it (BEP 10)", async () => {
  await using sim = new Simulation(2);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent);
  using rogue = await dial(sim, torrent, { extensions: FAST });
  await sim.advance(120_000);
  assertEquals(rogue.all("extended"), []);
});

Deno.test("The ids of the extensions that are taken are none twice, and none is 0 (BEP 10)", async () => {
  await using sim = new Simulation(3);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent);
  using rogue = await dial(sim, torrent, { extensions: EXTENDED });
  const ids = (await helloOf(rogue)).get("m");
  assert(ids instanceof Map);
  assertEquals(
    new Set(ids.keys()),
    new Set(["sl_ping", "sl_guide", "sl_conduct", "ut_metadata", "ut_pex", "lt_donthave"]),
  );
  assertEquals(new Set(ids.values()).size, 6);
  for (const id of ids.values()) assert(typeof id === "number" && id > 0 && id < 256);
});

Deno.test("The extended handshake tells port, program, queue and size of the metadata (BEP 9, 10)", async () => {
  await using sim = new Simulation(4);
  const torrent = await createFortyPieces();
  const { address } = sim.seed("node", torrent, { client: "Sluice 1.2" });
  using rogue = await dial(sim, torrent, { extensions: EXTENDED });
  const hello = await helloOf(rogue);
  assertEquals(hello.get("p"), address.port);
  assertEquals(hello.get("v"), new TextEncoder().encode("Sluice 1.2"));
  assertEquals(hello.get("reqq"), 500);
  assertEquals(hello.get("metadata_size"), torrent.info.rawInfo.length);
});

Deno.test("The extended handshake tells a peer its own address, of 4 or 16 bytes (BEP 10, yourip)", async () => {
  await using sim = new Simulation(5);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent);
  const hosts: Record<string, Uint8Array | undefined> = {
    "80.4.4.200": Uint8Array.of(80, 4, 4, 200),
    "::ffff:80.4.4.201": Uint8Array.of(80, 4, 4, 201),
    "2001:db8::7": Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7),
    "peer.example": undefined,
  };
  for (const [host, wanted] of Object.entries(hosts)) {
    using rogue = await dial(sim, torrent, { host, extensions: EXTENDED });
    assertEquals((await helloOf(rogue)).get("yourip"), wanted, host);
  }
});

Deno.test("Later handshakes change what they name and leave the rest, and 0 switches off (BEP 10)", async () => {
  await using sim = new Simulation(6);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent);
  using rogue = await dial(sim, torrent, { extensions: EXTENDED });
  await helloOf(rogue);
  const tell = (...ids: [string, number][]): void => rogue.extend({ extensions: new Map(ids) });
  assertEquals(await pongIdsOf(sim, rogue), [], "nobody knows where to send the answer");
  tell(["sl_ping", PONG_ID], ["xx_unknown", 9]);
  assertEquals(await pongIdsOf(sim, rogue), [PONG_ID]);
  tell(["ut_metadata", 5]);
  assertEquals(await pongIdsOf(sim, rogue), [PONG_ID], "what is not named stays");
  rogue.extend({ client: "Rogue 2" });
  assertEquals(await pongIdsOf(sim, rogue), [PONG_ID]);
  tell(["sl_ping", 200]);
  assertEquals(await pongIdsOf(sim, rogue), [200]);
  tell(["sl_ping", 0]);
  assertEquals(await pongIdsOf(sim, rogue), [], "it is switched off");
  tell(["sl_ping", PONG_ID]);
  assertEquals(await pongIdsOf(sim, rogue), [PONG_ID]);
  assertEquals(rogue.state, "open");
});

Deno.test("Each peer is answered under the ids that it gave itself (BEP 10)", async () => {
  await using sim = new Simulation(7);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent);
  using one = await dial(sim, torrent, { host: "one", extensions: EXTENDED });
  using other = await dial(sim, torrent, { host: "other", extensions: EXTENDED });
  one.extend({ extensions: new Map([["sl_ping", 3]]) });
  other.extend({ extensions: new Map([["sl_ping", 4], ["lt_donthave", 3]]) });
  await sim.settle();
  assertEquals([await pongIdsOf(sim, one), await pongIdsOf(sim, other)], [[3], [4]]);
});

Deno.test("Messages of ids that nobody agreed on, and unknown names, are ignored (BEP 10)", async () => {
  await using sim = new Simulation(8);
  const torrent = await createFortyPieces();
  sim.seed("node", torrent);
  using rogue = await dial(sim, torrent, { extensions: EXTENDED });
  const known = new Set<number>([0, ...Object.values(EXTENSION_ID)]);
  for (let id = 0; id < 256; id++) {
    if (known.has(id)) continue;
    rogue.send({ type: "extended", id, payload: Uint8Array.of(id, 1, 2) });
  }
  rogue.send({
    type: "extended",
    id: 0,
    payload: new TextEncoder().encode("d1:Mi3e1:mde4:spaml4:eggse2:xyd1:ai1eee"),
  });
  await sim.settle();
  assertEquals([rogue.state, rogue.all("extended").length], ["open", 1]);
});

Deno.test("A peer has no more requests to answer than it lets wait (BEP 10, reqq)", async () => {
  await using sim = new Simulation(9);
  const torrent = await createFortyPieces();
  const leecher = sim.leech("leecher", torrent);
  using rogue = await dial(sim, torrent, { extensions: EXTENDED });
  rogue.extend({ maxRequests: 3 });
  rogue.offer(torrent);
  let answered = 0;
  while (!leecher.store.held.isFull) {
    await sim.until(() => rogue.owed().length > 0 || leecher.store.held.isFull);
    const owed = rogue.owed();
    assert(owed.length <= 3, `${owed.length} requests wait`);
    const [next] = owed;
    if (next === undefined) continue;
    rogue.answer(torrent, next, "right");
    answered++;
  }
  assertEquals(answered, 80);
});
