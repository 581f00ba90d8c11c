import type { Report } from "../../../lib/cli/output.ts";
import { Narrator } from "../../../lib/cli/shell/narrator.ts";
import { encodePing, EXTENSION_ID, type PeerNode, type Torrent } from "../../../lib/peer/mod.ts";
import { RoguePeer } from "../../peer/rogue_peer.ts";
import type { SimulatedTorrent, Simulation } from "../../peer/simulation.ts";

/** The length of a piece that is sent as one block. */
export const ONE_BLOCK = 16 * 1024;

/** A torrent of 100 chunks, each of which is one block. */
export const FLOOD = { length: 100 * ONE_BLOCK, pieceLength: ONE_BLOCK };

/** A node that serves a torrent, and all that is told of it. */
export class Stage implements Disposable {
  readonly sim: Simulation;
  readonly torrent: SimulatedTorrent;
  readonly node: PeerNode;
  readonly serving: Torrent;
  readonly narrator: Narrator;
  readonly reports: Report[] = [];
  #lines: string[] = [];

  constructor(sim: Simulation, torrent: SimulatedTorrent) {
    this.sim = sim;
    this.torrent = torrent;
    this.node = sim.node("node");
    this.serving = this.node.add(sim.store(torrent.info, torrent.data));
    this.narrator = new Narrator({
      clock: sim.clock,
      say: (report, text) => {
        this.reports.push(report);
        this.#lines.push(text);
      },
    });
    void this.narrator.follow(this.serving);
  }

  /** Serves one more torrent, and follows it. */
  serve({ info, data }: SimulatedTorrent): void {
    void this.narrator.follow(this.node.add(this.sim.store(info, data)));
  }

  /** The lines that were told since they were last asked for. */
  async news(): Promise<string[]> {
    await this.sim.settle();
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Lets a peer connect from the host "rogue" for a torrent, and say nothing. */
  knock({ info: { infoHash } } = this.torrent): Promise<RoguePeer> {
    const extensions = new Set(["extension-protocol"] as const);
    const host = this.sim.network.host("rogue");
    return RoguePeer.dial(host, this.node.address, { infoHash, extensions });
  }

  /** Lets a peer connect that listens at a port of the host "rogue", and begin to be served. */
  async visit(port: number, torrent = this.torrent): Promise<RoguePeer> {
    const rogue = await this.knock(torrent);
    rogue.extend({ port, blockLength: 4 * ONE_BLOCK });
    rogue.send({ type: "interested" });
    await rogue.next("unchoke");
    return rogue;
  }

  [Symbol.dispose](): void {
    this.narrator[Symbol.dispose]();
  }
}

/** Asks for a block of a chunk, by default for one of 16 KiB. */
export function ask(rogue: RoguePeer, index: number, block = 0, length = ONE_BLOCK): void {
  rogue.send({ type: "request", index, begin: block * ONE_BLOCK, length });
}

/** Pings so many times. */
export function ping(rogue: RoguePeer, times: number): void {
  for (let nonce = 0; nonce < times; nonce++) {
    const payload = encodePing({ kind: "ping", nonce });
    rogue.send({ type: "extended", id: EXTENSION_ID.sl_ping, payload });
  }
}
