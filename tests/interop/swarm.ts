import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, type Files, reportsOf, type Scene } from "../e2e/scene.ts";
import type { Sluice } from "../e2e/sluice.ts";
import type { Network } from "./network.ts";
import { freePort, type Partner, type PartnerStart } from "./partner.ts";
import type { RunningPartner } from "./running_partner.ts";

const random = seededRandom(63);

/** Data that a swarm can have, in pieces of a certain length. */
export interface Sample {
  /** What it is, for the names of tests. */
  readonly what: string;
  /** The name of the torrent. */
  readonly name: string;
  /** As the program takes it. */
  readonly pieceLength: "16K" | "512K" | "4M";
  /** Bytes by paths; the first part of every path is the name. */
  readonly files: Files;
}

/** Each length of pieces that matters, each shape of data. */
export const SAMPLES: readonly [Sample, Sample, Sample] = [
  {
    what: "a folder in pieces of 16 KiB",
    name: "lecture",
    pieceLength: "16K",
    files: {
      "lecture/film.bin": randomBytes(random, 300_001),
      "lecture/film.txt": randomBytes(random, 7_000),
      "lecture/none": new Uint8Array(),
      "lecture/more/deep/e\u0301xtra \u{1F4F7}.bin": randomBytes(random, 500_000),
      "lecture/more/\u7a7a": new Uint8Array(),
      "lecture/\u00fcbung (1) [b] 100%.bin": randomBytes(random, 40_000),
    },
  },
  {
    what: "a file in pieces of 512 KiB",
    name: "film.bin",
    pieceLength: "512K",
    files: { "film.bin": randomBytes(random, 3_000_001) },
  },
  {
    what: "a folder in pieces of 4 MiB",
    name: "disk",
    pieceLength: "4M",
    files: {
      "disk/a/image.bin": randomBytes(random, 6_000_000),
      "disk/b/image.bin": randomBytes(random, 3_500_001),
    },
  },
];

/** The bytes of all files of a sample. */
export function totalOf({ files }: Sample): number {
  return Object.values(files).reduce((sum, { length }) => sum + length, 0);
}

/** Makes sure that a folder has all data; some clients make no file where there is nothing to write. */
export async function assertData(folder: string, { files }: Sample): Promise<void> {
  const filled = Object.entries(files).filter(([, { length }]) => length > 0);
  await assertFiles(folder, Object.fromEntries(filled));
}

/** Makes sure that a folder has all files, those without data too. */
export async function assertFiles(folder: string, files: Files): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) await assertContent(join(folder, path), bytes);
}

/** What a swarm is opened with. */
export interface SwarmOptions {
  readonly scene: Scene;
  readonly network: Network;
  readonly sample: Sample;
  /** The door of the tracker that the torrent file names. */
  readonly door: "http" | "udp";
}

/** A tracker of ours, and data with a torrent file that names it. */
export class Swarm {
  /** The torrent file. */
  readonly torrent: string;
  /** The info-hash of the torrent, in hexadecimal. */
  readonly infoHash: string;
  /** The folder that has all data. */
  readonly full: string;
  readonly #options: SwarmOptions;
  readonly #announceUrls: Announce;

  private constructor(
    options: SwarmOptions,
    urls: Announce,
    torrent: { readonly file: string; readonly infoHash: string; readonly full: string },
  ) {
    this.#options = options;
    this.#announceUrls = urls;
    this.torrent = torrent.file;
    this.infoHash = torrent.infoHash;
    this.full = torrent.full;
  }

  /** Starts the tracker and makes the torrent file. */
  static async open(options: SwarmOptions): Promise<Swarm> {
    const { scene, network, sample, door } = options;
    const urls = await startTracker(scene, network.here.host);
    const full = await scene.folder("full", sample.files);
    const file = join(scene.path, "swarm.torrent");
    const create = ["create", join(full, sample.name), "--out", file, "--json"];
    const flags = ["--piece-length", sample.pieceLength, "--announce", urls[door]];
    const [created] = reportsOf(await scene.run(full, [...create, ...flags]));
    return new Swarm(options, urls, { file, full, infoHash: String(created?.infoHash) });
  }

  /** A link to the torrent that says nothing of it but where its tracker is. */
  get magnet(): string {
    const { door } = this.#options;
    const tracker = encodeURIComponent(this.#announceUrls[door]);
    return `magnet:?xt=urn:btih:${this.infoHash}&tr=${tracker}`;
  }

  /** Our seeder, once the tracker knows it. */
  async seed(flags: readonly string[] = []): Promise<Sluice> {
    const { scene, network } = this.#options;
    const seed = ["seed", this.torrent, this.full, "--host", network.here.host, "--json"];
    const process = scene.start(this.full, [...seed, ...flags]);
    await process.report("seeding", ({ announced }) => announced === true);
    return process;
  }

  /** Starts our leecher, with the torrent file unless it is given a link. */
  get(folder: string, flags: readonly string[] = [], source = this.torrent): Sluice {
    const { scene, network } = this.#options;
    const get = ["get", source, "--out", folder, "--host", network.here.host, "--json"];
    return scene.start(folder, [...get, ...flags]);
  }

  /** Starts a partner with an empty folder, or with one that has all data. */
  async start(partner: Partner, options: Partial<PartnerStart> = {}): Promise<RunningPartner> {
    const { scene, network } = this.#options;
    const home = await scene.folder(`home-${partner.name}`);
    const spot = partner.network === "loopback" ? network.here : network.there;
    const folder = this.full;
    const start = { source: this.torrent, folder, home, spot, port: freePort(), ...options };
    return await partner.start(start);
  }

  /** Waits until the tracker knows a seeder. */
  async seederKnown(): Promise<void> {
    const hash = this.infoHash.replace(/../g, "%$&");
    const url = `${this.#announceUrls.http.replace("announce", "scrape")}?info_hash=${hash}`;
    for (let look = 0; look < 400; look++) {
      if ((await (await fetch(url)).text()).includes("8:completei1e")) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("The seeder does not announce itself");
  }
}

type Announce = Readonly<Record<"http" | "udp", string>>;

/** Starts a tracker of ours at an address, and gives its announce URLs. */
async function startTracker(scene: Scene, host: string): Promise<Announce> {
  const ports = ["--port", "0", "--http-port", "0", "--udp-port", "0"];
  const tracker = scene.start(scene.path, ["tracker", "--host", host, ...ports, "--json"]);
  const urlOf = async (name: "http" | "udp"): Promise<string> => {
    const { port } = await tracker.report("listening", ({ door }) => door === name);
    return `${name}://${host}:${port}/announce`;
  };
  return { http: await urlOf("http"), udp: await urlOf("udp") };
}
