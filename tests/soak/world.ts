import { join } from "@std/path";
import { parseTorrent, type TorrentInfo } from "../../lib/metainfo/mod.ts";
import { Scene } from "../e2e/scene.ts";
import type { Sluice } from "../e2e/sluice.ts";
import { RogueHost } from "../faults/hostile/rogue_host.ts";
import { flipAt, Relay, type RelayPlan } from "../faults/relay.ts";
import { CAN_RESET, Resetter } from "../faults/resetter.ts";
import { FAST_AND_EXTENDED } from "../peer/fast_rogue.ts";
import type { Chance } from "./chance.ts";
import type { Ledger } from "./ledger.ts";
import { Role } from "./role.ts";

const MEBIBYTE = 1024 * 1024;

/** The lengths of the files that are shared; a bit is added so that no last piece is whole. */
const LENGTHS = [1, 2, 5, 8, 16, 32, 64].map((length) => length * MEBIBYTE);

/** A tracker at which nobody listens. */
const NO_TRACKER = ["--tracker", "127.0.0.1:1"];

/** What happens to the connections over the relay, each of it once in a round. */
const LINKS = ["cut", "break", "half-close", "stall", "noise", "none", "none"] as const;

/** Kinds of faults that happen to whoever uses the links, with no doing of the injector. */
export const LINK_KINDS: readonly string[] = [
  ...[...new Set(LINKS)].filter((kind) => kind !== "none").map((kind) => `link ${kind}`),
  ...CAN_RESET ? ["link reset"] : [],
  "liar met",
];

/** A file that is shared. */
export interface SharedFile {
  readonly name: string;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly info: TorrentInfo;
  /** The path of its torrent file. */
  readonly torrent: string;
}

/** A tracker, and the ports of its doors. */
export interface TrackerRole {
  readonly role: Role;
  readonly ports: Readonly<Record<"tcp" | "http" | "udp", number>>;
}

/**
 * All that a soak plays with: two trackers, of which the first one is killed at times; a seeder that
 * lives from the first second to the last; one that is reached through links alone that fail, and
 * whose data is touched; one that has fetched and stays; and liars, who are told of as peers.
 */
export class World implements AsyncDisposable {
  readonly scene: Scene;
  readonly files: readonly SharedFile[];
  readonly chance: Chance;
  readonly ledger: Ledger;
  /** Is aborted when whatever still goes on is to be given up. */
  readonly over: AbortSignal;
  /** Ports at which nobody honest listens. */
  readonly rogues = new Set<number>();
  readonly #stack = new AsyncDisposableStack();
  #trackers: readonly TrackerRole[] = [];
  #roles: Partial<Record<"alice" | "bob" | "carol", Role>> = {};
  #relay: Relay | undefined;

  private constructor(scene: Scene, files: readonly SharedFile[], options: WorldOptions) {
    this.scene = scene;
    this.files = files;
    this.chance = options.chance;
    this.ledger = options.ledger;
    this.over = options.over;
  }

  /** Makes the files and starts everybody. */
  static async open(options: WorldOptions): Promise<World> {
    const scene = await Scene.open();
    const world = new World(scene, await makeFiles(scene, options.chance.of("files")), options);
    try {
      await world.#populate();
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** The trackers; the first is killed at times, the others are not. */
  get trackers(): readonly TrackerRole[] {
    return this.#trackers;
  }

  /** The flags that name the trackers. */
  get trackerFlags(): string[] {
    return this.#trackers.flatMap(({ ports }) => ["--tracker", `127.0.0.1:${ports.tcp}`]);
  }

  /** Somebody who runs as long as the soak. */
  role(name: "alice" | "bob" | "carol"): Role {
    const role = this.#roles[name];
    if (role === undefined) throw new Error(`${name} was not started`);
    return role;
  }

  /** The way to bob. */
  get relay(): Relay {
    if (this.#relay === undefined) throw new Error("there is no relay");
    return this.#relay;
  }

  /** All who run as long as the soak. */
  get roles(): Role[] {
    return [...Object.values(this.#roles), ...this.#trackers.map(({ role }) => role)];
  }

  /** Who listens where, for whoever reads what went wrong. */
  get places(): string {
    const serving = (["alice", "bob", "carol"] as const).map((name) =>
      `${name} ${servingPort(this.role(name).process)}`
    );
    return `${serving.join(", ")}, relay ${this.relay.address.port}, liars and links ${
      [...this.rogues].join(" ")
    }`;
  }

  /** The folder of somebody who seeds. */
  folderOf(name: "alice" | "bob"): string {
    return join(this.scene.path, name, "Original_Files");
  }

  /** Tells every tracker of the relay and the liars; one that is not there is told later. */
  async announceStrangers(): Promise<void> {
    for (const { ports } of this.#trackers) {
      for (const { info } of this.files) {
        for (const port of this.rogues) {
          const hash = info.infoHash.replace(/../g, "%$&");
          const id = `-SO0001-${String(port).padStart(12, "0")}`;
          const url = `http://127.0.0.1:${ports.http}/announce?info_hash=${hash}&peer_id=${id}`;
          const signal = AbortSignal.timeout(5_000);
          await fetch(`${url}&port=${port}&left=0&compact=1`, { signal })
            .then((response) => response.body?.cancel(), () => undefined);
        }
      }
    }
  }

  /** Has something done in the end, before the folders go. */
  atTheEnd(work: () => Promise<unknown>): void {
    this.#stack.defer(async () => void await work());
  }

  /** Fails for each thing that lies where nobody was to write. */
  async inspectFolder(): Promise<void> {
    const known = /^(?:alice|bob|carol|small disk|file \d+\.bin\.torrent)$/;
    for await (const { name } of Deno.readDir(this.scene.path)) {
      if (!known.test(name)) this.ledger.fail(`${name} lies where nobody was to write`);
    }
    for (const who of ["alice", "bob", "carol"]) {
      for await (const { name } of Deno.readDir(join(this.scene.path, who))) {
        if (name === "Original_Files" || name === "Chunks") continue;
        this.ledger.fail(`${who} has written ${name} outside of the library's folders`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // In the reverse order, and each whatever becomes of the others.
    await using _scene = this.scene;
    await using _stack = this.#stack;
    await using stack = new AsyncDisposableStack();
    for (const { process } of this.roles) stack.use(process);
  }

  async #populate(): Promise<void> {
    this.#trackers = [await this.#startTracker("first"), await this.#startTracker("second")];
    const names = this.files.map(({ name }) => name);
    const share = (name: "alice" | "bob", args: readonly string[]): Promise<Role> =>
      Role.start({
        name,
        cwd: join(this.scene.path, name),
        args: () => ["share", ...names, "--host", "127.0.0.1", "--json", "--verbose", ...args],
        ready: async (process) => void await process.report("serving"),
      }, this.ledger);
    this.#roles.alice = await share("alice", [...this.trackerFlags, "--up", "12M"]);
    const bob = await share("bob", [...NO_TRACKER, "--up", "12M"]);
    this.#roles.bob = bob;
    const target = () => ({ host: "127.0.0.1", port: servingPort(bob.process) });
    this.#relay = this.#stack.use(
      new Relay({
        target,
        plan: (nth) => this.#planOfLink(nth),
        onFault: (kind) => this.ledger.happened(`link ${kind}`),
      }),
    );
    this.rogues.add(this.#relay.address.port);
    if (CAN_RESET) {
      const resetter = await Resetter.open({
        target,
        after: (nth) => this.#bytesBeforeReset(nth),
        onReset: () => this.ledger.happened("link reset"),
      });
      this.rogues.add(this.#stack.use(resetter).address.port);
    }
    for (const file of this.files) for (const lies of [0.05, 1]) this.#addLiar(file, lies);
    await this.announceStrangers();
    this.#roles.carol = await Role.start({
      name: "carol",
      cwd: await this.scene.folder("carol"),
      args: () => [
        ...["get", ...names.slice(0, 3), "--stay", "--host", "127.0.0.1", "--json", "--verbose"],
        ...this.trackerFlags,
      ],
      ready: async (process) => void await process.report("serving"),
    }, this.ledger);
  }

  /** Starts a tracker, which keeps the ports that it gets first. */
  async #startTracker(name: string): Promise<TrackerRole> {
    const ports = { tcp: 0, http: 0, udp: 0 };
    const role = await Role.start({
      name: `the ${name} tracker`,
      cwd: this.scene.path,
      args: () => [
        ...["tracker", "--host", "127.0.0.1", "--port", String(ports.tcp), "--json"],
        ...["--http-port", String(ports.http), "--udp-port", String(ports.udp)],
      ],
      ready: async (process) => {
        for (const door of ["tcp", "http", "udp"] as const) {
          const { port } = await process.report("listening", (report) => report.door === door);
          ports[door] = Number(port);
        }
      },
    }, this.ledger);
    return { role, ports };
  }

  /** What the relay does to the next connection. */
  #planOfLink(nth: number): RelayPlan {
    // Nothing happens before everybody is there.
    if (this.#roles.carol === undefined) return {};
    const after = 100_000 + this.chance.of(`link ${nth}`).below(4 * MEBIBYTE);
    const round = Math.floor(nth / LINKS.length);
    const kind = this.chance.of(`links ${round}`).shuffled(LINKS)[nth % LINKS.length] ?? "none";
    if (kind === "none") return {};
    if (kind !== "noise") return { back: { fault: { kind, after } } };
    const flip = flipAt(after);
    const damage = (bytes: Uint8Array, at: number): void => {
      flip(bytes, at);
      if (at <= after && after < at + bytes.length) this.ledger.happened("link noise");
    };
    return { back: { damage } };
  }

  /** After how many bytes the next connection over the other link is reset; every other one is. */
  #bytesBeforeReset(nth: number): number {
    if (this.#roles.carol === undefined) return Infinity;
    const chance = this.chance.of(`reset ${nth}`);
    return chance.random() < 0.5 ? Infinity : 100_000 + chance.below(4 * MEBIBYTE);
  }

  /** Adds a peer that sends a share of its blocks wrong. */
  #addLiar(file: SharedFile, share: number): void {
    const chance = this.chance.of(`liar ${share} of ${file.name}`);
    let met = 0;
    const liar = new RogueHost(
      { infoHash: file.info.infoHash, extensions: FAST_AND_EXTENDED },
      async (rogue) => {
        // All liars are told of for all files, and lie about one.
        if (rogue.theirs.infoHash === file.info.infoHash) {
          const { random } = chance.of(String(met++));
          this.ledger.happened("liar met");
          rogue.offer(file);
          await rogue.serve(file, () => random() < share ? "wrong" : "right");
        }
        // Thousands come in a soak: nothing is to be left of them, least of all a descriptor.
        rogue.close();
        rogue.log.length = 0;
        rogue.answered.length = 0;
      },
    );
    this.#stack.use(liar);
    this.rogues.add(liar.address.port);
  }
}

/** What a {@linkcode World} is made of. */
export interface WorldOptions {
  readonly chance: Chance;
  readonly ledger: Ledger;
  readonly over: AbortSignal;
}

/** Where a process that serves listens. */
export function servingPort(process: Sluice): number {
  return Number(process.reports.find(({ type }) => type === "serving")?.port ?? 0);
}

/** Makes the files, in the folders of both seeders, and their torrent files. */
async function makeFiles(scene: Scene, chance: Chance): Promise<SharedFile[]> {
  const alice = await scene.library("alice");
  const files: SharedFile[] = [];
  for (const length of LENGTHS) {
    const name = `file ${length / MEBIBYTE}.bin`;
    const data = noise(chance, length + 1 + chance.below(5_000));
    for (const who of ["alice", "bob"]) await scene.library(who, { [name]: data });
    const torrent = join(scene.path, `${name}.torrent`);
    const made = await scene.run(alice, ["create", name, "--out", torrent, "--json"]);
    if (made.code !== 0) throw new Error(`Cannot make ${torrent}: ${made.stdout}`);
    const { info } = await parseTorrent(await Deno.readFile(torrent));
    files.push({ name, data, info, torrent });
  }
  return files;
}

/** Many bytes of no pattern, fast (xorshift). */
function noise(chance: Chance, length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = 1 + chance.below(2 ** 31);
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}
