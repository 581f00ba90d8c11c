import { join } from "@std/path";
import { encodeTorrent } from "../../../lib/metainfo/mod.ts";
import { type PeerAddress, tcpTransport } from "../../../lib/net/mod.ts";
import { Scene } from "../../e2e/scene.ts";
import { type Sluice, soon, type StartOptions } from "../../e2e/sluice.ts";
import { RoguePeer } from "../../peer/rogue_peer.ts";
import { createTorrent, type SimulatedTorrent } from "../../peer/simulation.ts";

/** A tracker at which nobody listens, so that only those are found who are named. */
const NO_TRACKER = ["--tracker", "127.0.0.1:1"];

/** A process that seeds, and where it listens. */
export interface Seeder {
  readonly process: Sluice;
  readonly address: PeerAddress;
  /** The flag, with its value, by which `get` connects to it. */
  readonly flags: readonly [string, string];
}

/** A torrent, processes that seed and fetch it without a tracker, and the folder of it all. */
export class SwarmScene implements AsyncDisposable {
  readonly scene: Scene;
  readonly torrent: SimulatedTorrent;
  /** The path of the torrent file. */
  readonly file: string;
  #leechers = 0;

  private constructor(scene: Scene, torrent: SimulatedTorrent) {
    this.scene = scene;
    this.torrent = torrent;
    this.file = join(scene.path, "data.torrent");
  }

  /** Makes a torrent of random data, and its files. */
  static async open(length: number, pieceLength = 64 * 1024): Promise<SwarmScene> {
    const torrent = await createTorrent({ length, pieceLength });
    const swarm = new SwarmScene(await Scene.open(), torrent);
    await Deno.writeFile(swarm.file, encodeTorrent({ info: torrent.info }));
    await swarm.scene.folder("data", { "data.bin": torrent.data });
    return swarm;
  }

  /** Starts one that has all of it. */
  async seed(
    args: readonly string[] = [],
    options: Omit<StartOptions, "cwd"> = {},
  ): Promise<Seeder> {
    const { path } = this.scene;
    const process = this.scene.start(path, [
      ...["seed", this.file, join(path, "data"), "--port", "0", ...NO_TRACKER, "--json"],
      ...[...args.includes("--host") ? [] : ["--host", "127.0.0.1"], ...args],
    ], options);
    const { port } = await process.report("serving");
    const address = { host: "127.0.0.1", port: Number(port) };
    return { process, address, flags: ["--peer", `127.0.0.1:${port}`] };
  }

  /** Starts one that fetches it, in a folder of its own, and tells of its peers. */
  async leech(args: readonly string[], what = this.file): Promise<Sluice> {
    const folder = await this.scene.folder(`leecher ${++this.#leechers}`);
    return this.scene.start(folder, [
      ...["get", what, "--host", "127.0.0.1", ...NO_TRACKER, "--json", "--verbose", ...args],
    ]);
  }

  /** How long it takes to connect to a peer that seeds and to fetch a block of it, in milliseconds. */
  async timeToBlock(address: PeerAddress): Promise<number> {
    const startMs = performance.now();
    const { info: { infoHash }, data } = this.torrent;
    using rogue = await soon("a handshake", RoguePeer.dial(tcpTransport, address, { infoHash }));
    rogue.send({ type: "interested" });
    await soon("an unchoke", rogue.next("unchoke"));
    rogue.send({ type: "request", index: 1, begin: 0, length: 1024 });
    const { block } = await soon("a block", rogue.next("piece"));
    const at = this.torrent.info.pieceLength;
    if (block.some((byte, index) => byte !== data[at + index])) throw new Error("a wrong block");
    return performance.now() - startMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scene[Symbol.asyncDispose]();
  }
}

/** The peers that a process has banned so far. */
export function bannedBy(process: Sluice): string[] {
  return process.reports.filter(({ type }) => type === "peer-banned").map(({ peer }) =>
    String(peer)
  )
    .toSorted();
}
