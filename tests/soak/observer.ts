import { equalBytes } from "../../lib/bytes/mod.ts";
import { type PeerAddress, systemClock, tcpTransport, withDeadline } from "../../lib/net/mod.ts";
import { RoguePeer } from "../peer/rogue_peer.ts";
import { greeting, RawClient } from "../tracker/raw_client.ts";
import type { Chance } from "./chance.ts";
import type { SharedFile, World } from "./world.ts";

/** A peer that does not serve in this time is left alone: it may be frozen, or serve others. */
const PATIENCE_MS = 5_000;

/** The longest block that anybody serves without an agreement. */
const BLOCK_LENGTH = 16 * 1024;

/**
 * Fetches pieces of honest peers that happen to be there, and makes sure that each is right: whoever
 * gives a wrong one has served what it did not verify.
 */
export class Observer {
  readonly #world: World;
  #looks = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Looks at one peer of one file. */
  async look(): Promise<void> {
    const chance = this.#world.chance.of(`look ${this.#looks++}`);
    const file = chance.pick(this.#world.files);
    try {
      const honest = (await this.#peersOf(file)).filter(({ port }) =>
        !this.#world.rogues.has(port)
      );
      if (honest.length > 0) await this.#fetchOf(file, chance.pick(honest), chance);
      else this.#world.ledger.missed("nobody is there");
    } catch (error) {
      // It is gone, frozen, or has no room for us: that is how it is here. That it is not always so
      // is demanded in the end.
      if (!(error instanceof Error)) throw error;
      this.#world.ledger.missed(error.message);
    }
  }

  async #peersOf({ info: { infoHash } }: SharedFile): Promise<readonly PeerAddress[]> {
    const port = this.#world.trackers[1]?.ports.tcp ?? 0;
    const asking = async (): Promise<readonly PeerAddress[]> => {
      using client = await RawClient.dial(tcpTransport, { host: "127.0.0.1", port });
      await client.ask("connect", { ...greeting(0), port: 0 });
      const { peers } = await client.ask("get_peers", { infoHash, offset: 0, limit: 100 });
      return peers;
    };
    return await inTime(asking);
  }

  async #fetchOf(
    { info, data }: SharedFile,
    address: PeerAddress,
    chance: Chance,
  ): Promise<void> {
    const { infoHash, layout, pieceLength } = info;
    using rogue = await inTime(() => RoguePeer.dial(tcpTransport, address, { infoHash }));
    const { bits } = await inTime(() => rogue.next("bitfield"));
    const held = [...layout.pieceIndices()].filter((index) =>
      ((bits[index >> 3] ?? 0) & 0x80 >> (index & 7)) !== 0
    );
    if (held.length === 0) return this.#world.ledger.missed("it has no piece");
    const index = chance.pick(held);
    rogue.send({ type: "interested" });
    await inTime(() => rogue.next("unchoke"));
    const size = layout.pieceSize(index);
    for (let begin = 0; begin < size; begin += BLOCK_LENGTH) {
      const length = Math.min(BLOCK_LENGTH, size - begin);
      rogue.send({ type: "request", index, begin, length });
      const piece = await inTime(() => rogue.next("piece"));
      const start = index * pieceLength + piece.begin;
      if (equalBytes(piece.block, data.subarray(start, start + piece.block.length))) continue;
      const where = `${address.host}:${address.port}`;
      return this.#world.ledger.fail(`${where} served a wrong block of piece ${index}`);
    }
    this.#world.ledger.observed++;
  }
}

function inTime<T>(work: () => Promise<T>): Promise<T> {
  return withDeadline(work, { clock: systemClock, ms: PATIENCE_MS, message: "it takes too long" });
}
