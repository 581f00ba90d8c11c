import { assertEquals } from "@std/assert";
import { encodeFrame } from "../../lib/framing/mod.ts";
import { decodeMessage, MESSAGE_ID, PeerProtocolError } from "../../lib/peer/wire/mod.ts";
import { FAST_AND_EXTENDED, PLAIN } from "./fast_rogue.ts";
import { RoguePeer } from "./rogue_peer.ts";
import { createTorrent, Simulation } from "./simulation.ts";

/** The longest message that is tried, in bytes after its prefix. */
const MAX_LENGTH = 64;

const LENGTHS = Array.from({ length: MAX_LENGTH + 1 }, (_, length) => length);
/**
 * Lengths that are tried on a connection each: around every one that a message has, and the longest.
 * Of the others it is enough that they are refused before the state of the connection matters.
 */
const LENGTHS_APART = LENGTHS.filter((length) => length <= 15 || length >= MAX_LENGTH - 1);

const IDS = Array.from({ length: 256 }, (_, id) => id);
const KNOWN: ReadonlySet<number> = new Set(Object.values(MESSAGE_ID));

/** The lengths that a message may have, id included: exactly one, or all from one on. */
const RIGHT_LENGTH: Readonly<Record<number, (length: number) => boolean>> = {
  [MESSAGE_ID.choke]: (length) => length === 1,
  [MESSAGE_ID.unchoke]: (length) => length === 1,
  [MESSAGE_ID.interested]: (length) => length === 1,
  [MESSAGE_ID["not-interested"]]: (length) => length === 1,
  [MESSAGE_ID.have]: (length) => length === 5,
  [MESSAGE_ID.bitfield]: () => true,
  [MESSAGE_ID.request]: (length) => length === 13,
  [MESSAGE_ID.piece]: (length) => length >= 9,
  [MESSAGE_ID.cancel]: (length) => length === 13,
  [MESSAGE_ID.suggest]: (length) => length === 5,
  [MESSAGE_ID["have-all"]]: (length) => length === 1,
  [MESSAGE_ID["have-none"]]: (length) => length === 1,
  [MESSAGE_ID.reject]: (length) => length === 13,
  [MESSAGE_ID["allowed-fast"]]: (length) => length === 5,
  [MESSAGE_ID.extended]: (length) => length >= 2,
};

/** A message of an id and a length, the rest of which is zeros. */
function messageOf(id: number, length: number): Uint8Array {
  const payload = new Uint8Array(length);
  if (length > 0) payload[0] = id;
  return payload;
}

Deno.test({
  name:
    "Of all messages up to 64 bytes just those have a meaning whose id has that length (BEP 3, BEP 6, BEP 10)",
  permissions: "none",
  fn() {
    for (const id of IDS) {
      for (const length of LENGTHS) {
        const payload = messageOf(id, length);
        let type: string;
        try {
          type = decodeMessage(payload).type;
        } catch (error) {
          if (!(error instanceof PeerProtocolError)) throw error;
          type = "refused";
        }
        const isRight = RIGHT_LENGTH[id]?.(length) ?? true;
        const name = Object.entries(MESSAGE_ID).find(([, known]) => known === id)?.[0] ?? "unknown";
        const expected = length === 0 ? "keep-alive" : isRight ? name : "refused";
        assertEquals(type, expected, `id ${id}, ${length} bytes`);
      }
    }
  },
});

/** How far a peer has come that sends the message. */
interface Stage {
  /** Whether the fast extension and that of BEP 10 were agreed on. */
  readonly speaks: "plain" | "fast";
  /** Whether the message is its first one, or comes after its bitfield, or after it was unchoked. */
  readonly after: "nothing" | "bitfield" | "unchoke";
}

/** Whether a peer may send a message of zeros to one that has half of four pieces. */
function isBorneWith(id: number, length: number, { speaks, after }: Stage): boolean {
  if (length === 0 || !KNOWN.has(id)) return true;
  if (RIGHT_LENGTH[id]?.(length) !== true) return false;
  switch (id) {
    case MESSAGE_ID.bitfield:
      return length === 2;
    case MESSAGE_ID.request: // of no bytes
    case MESSAGE_ID.extended: // an extended handshake that is not bencoded
      return false;
    case MESSAGE_ID.piece: // that nobody asked for, which BEP 6 forbids
      return speaks === "plain";
    case MESSAGE_ID["have-all"]:
    case MESSAGE_ID["have-none"]:
      return speaks === "fast" && after === "nothing";
    case MESSAGE_ID.suggest:
    case MESSAGE_ID["allowed-fast"]:
    case MESSAGE_ID.reject:
      return speaks === "fast";
    default:
      return true;
  }
}

const TORRENT = await createTorrent({ length: 4 * 16_384 - 1_000, pieceLength: 16_384 });

/** A peer that has come so far. */
async function dialAt(sim: Simulation, host: string, stage: Stage): Promise<RoguePeer> {
  const { infoHash } = TORRENT.info;
  const extensions = stage.speaks === "fast" ? FAST_AND_EXTENDED : PLAIN;
  const rogue = await RoguePeer.dial(sim.network.host(host), sim.nodes[0]!.address, {
    infoHash,
    extensions,
  });
  if (stage.after !== "nothing") rogue.send({ type: "bitfield", bits: new Uint8Array(1) });
  if (stage.after === "unchoke") {
    rogue.send({ type: "interested" });
    await rogue.next("unchoke");
  }
  return rogue;
}

/** Has a peer for each length send a message of an id, and gives the lengths that were borne with. */
async function lengthsBorneWith(sim: Simulation, id: number, stage: Stage): Promise<number[]> {
  const rogues = await Promise.all(LENGTHS_APART.map(async (length) => ({
    length,
    rogue: await dialAt(sim, `rogue-${length}`, stage),
  })));
  for (const { rogue, length } of rogues) rogue.sendBytes(encodeFrame(messageOf(id, length)));
  await sim.settle();
  const borne = rogues.filter(({ rogue }) => rogue.state === "open").map(({ length }) => length);
  for (const { rogue } of rogues) rogue.close();
  await sim.settle();
  return borne;
}

/** A node that has half, and fetches the rest; a good peer is served by it in the end. */
async function atNode(work: (sim: Simulation) => Promise<void>): Promise<void> {
  await using sim = new Simulation(1);
  const node = sim.node("node");
  node.add(await sim.partialStore(TORRENT, [0, 2]));
  await work(sim);
  const good = sim.leech("good", TORRENT, { peers: [node.address] });
  await sim.until(() => good.store.held.count === 2, 60_000);
}

const STAGES: readonly Stage[] = [
  { speaks: "plain", after: "nothing" },
  { speaks: "fast", after: "nothing" },
  { speaks: "plain", after: "bitfield" },
  { speaks: "fast", after: "bitfield" },
];

for (const stage of STAGES) {
  const { speaks, after } = stage;
  Deno.test(`A message of any known id and length, ${speaks} and after ${after}, is borne with or ends the connection as it should`, () =>
    atNode(async (sim) => {
      for (const id of KNOWN) {
        const expected = LENGTHS_APART.filter((length) => isBorneWith(id, length, stage));
        assertEquals(await lengthsBorneWith(sim, id, stage), expected, `id ${id}`);
      }
    }));
}

for (
  const stage of STAGES.concat({ speaks: "plain", after: "unchoke" }, {
    speaks: "fast",
    after: "unchoke",
  })
) {
  const { speaks, after } = stage;
  Deno.test(`All messages that are borne with may come on one connection, ${speaks} and after ${after}`, () =>
    atNode(async (sim) => {
      using rogue = await dialAt(sim, "rogue", stage);
      const ids = IDS.filter((id) =>
        id !== MESSAGE_ID["have-all"] && id !== MESSAGE_ID["have-none"]
      );
      for (const length of LENGTHS) {
        rogue.sendTogether(() => {
          for (const id of ids) {
            if (isBorneWith(id, length, stage)) rogue.sendBytes(encodeFrame(messageOf(id, length)));
          }
        });
      }
      await sim.settle();
      assertEquals(rogue.state, "open");
    }));
}
