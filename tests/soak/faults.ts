import { join } from "@std/path";
import { equalBytes } from "../../lib/bytes/mod.ts";
import { type PeerAddress, tcpTransport } from "../../lib/net/mod.ts";
import { randomBelow, randomBytes } from "../bytes/seeded_random.ts";
import { Sluice } from "../e2e/sluice.ts";
import { Connections } from "../faults/hostile/connections.ts";
import { RoguePeer } from "../peer/rogue_peer.ts";
import type { Downloads } from "./downloads.ts";
import { freeze } from "./role.ts";
import { servingPort, type World } from "./world.ts";

/** A fault; it is done when everything is as before. */
type Fault = () => Promise<void>;

/** Injects faults, one after the other, each by chance. */
export class Faults {
  readonly #world: World;
  readonly #downloads: readonly Downloads[];
  readonly #running = new Set<Promise<void>>();
  /** What is being mistreated, which is not to be mistreated in another way meanwhile. */
  readonly #busy = new Set<string>();
  readonly #kinds: readonly (readonly [weight: number, kind: string, fault: Fault, on?: string])[];
  #disk: string | undefined;

  constructor(world: World, downloads: readonly Downloads[]) {
    this.#world = world;
    this.#downloads = downloads;
    const { relay } = world;
    this.#kinds = [
      [4, "leecher killed", () => Promise.resolve(world.pick(downloads).kill())],
      [1, "tracker killed", () => this.#killTracker(), "tracker"],
      [2, "seeder killed", () => world.role("bob").restart(this.#ms(3_000)), "bob"],
      [2, "seeder frozen", () => freeze(world.role("alice").process, this.#ms(6_000)), "alice"],
      [1, "seeder frozen", () => freeze(world.role("bob").process, this.#ms(6_000)), "bob"],
      [1, "tracker frozen", () => this.#freezeTracker(), "tracker"],
      [2, "leecher frozen", () => this.#freezeLeecher()],
      [2, "links stalled", () => this.#stall(), "relay"],
      [2, "links cut", () => Promise.resolve(relay.end("cut"))],
      [2, "links broken", () => Promise.resolve(relay.end("break"))],
      [2, "rubbish", () => this.#rubbish()],
      [2, "slow-loris", () => this.#drip(), "loris"],
      [1, "connections that come and go", () => this.#comeAndGo()],
      [2, "takers that never read", () => this.#take()],
      [2, "data touched", () => this.#touch(), "bob"],
      [1, "disk full", () => this.#fillDisk(), "disk"],
    ];
  }

  /** Injects one that is possible now. */
  inject(): void {
    const possible = this.#kinds.flatMap(([weight, kind, fault, on = kind]) =>
      this.#busy.has(on) ? [] : Array.from({ length: weight }, () => ({ kind, fault, on }))
    );
    if (possible.length === 0) return;
    const { kind, fault, on } = this.#world.pick(possible);
    this.#world.ledger.injected(kind);
    this.#busy.add(on);
    const running = fault()
      .catch((error) => this.#world.ledger.fail(`after ${kind}: ${error}`))
      .finally(() => {
        this.#busy.delete(on);
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /** Makes room for one disk that can be filled; says why not, if there can be none. */
  async prepareDisk(): Promise<string | undefined> {
    const folder = await this.#world.scene.folder("small disk");
    const mount = new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", "size=40m", "tmpfs", folder],
      stderr: "piped",
    });
    const output = await mount.output().catch(() => undefined);
    if (!output?.success) return "no file system can be mounted here";
    this.#disk = folder;
    // A process that was given up may still be there: it is taken away when that has gone.
    this.#world.atTheEnd(() => new Deno.Command("umount", { args: ["-l", folder] }).output());
    return undefined;
  }

  /** Waits until everything is as before. */
  async settle(): Promise<void> {
    this.#world.relay.resume();
    await Promise.all(this.#running);
  }

  #ms(longest: number): number {
    return randomBelow(this.#world.random, longest);
  }

  async #killTracker(): Promise<void> {
    await this.#world.trackers[0]?.role.restart(this.#ms(5_000));
    await this.#world.announceStrangers();
  }

  async #freezeTracker(): Promise<void> {
    const process = this.#world.trackers[0]?.role.process;
    if (process !== undefined) await freeze(process, this.#ms(6_000));
  }

  async #freezeLeecher(): Promise<void> {
    const { process } = this.#world.pick(this.#downloads);
    if (process !== undefined) await freeze(process, this.#ms(6_000));
  }

  async #stall(): Promise<void> {
    this.#world.relay.stall();
    await pause(this.#ms(8_000));
    this.#world.relay.resume();
  }

  /** Somewhere where anybody may connect. */
  #entrance(): PeerAddress {
    const { trackers } = this.#world;
    const ports = trackers.flatMap(({ ports }) => [ports.tcp, ports.http]);
    for (const name of ["alice", "bob", "carol"] as const) {
      ports.push(servingPort(this.#world.role(name).process));
    }
    return { host: "127.0.0.1", port: this.#world.pick(ports) };
  }

  async #rubbish(): Promise<void> {
    const bytes = randomBytes(this.#world.random, 1 + randomBelow(this.#world.random, 50_000));
    await this.#crowd(40, bytes, 500);
  }

  async #drip(): Promise<void> {
    const connections = await this.#open(60, new TextEncoder().encode("\x13BitTor"));
    await using open = connections;
    open?.drip(new TextEncoder().encode("rent protocol"), 1_000);
    await pause(12_000);
  }

  async #comeAndGo(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await this.#crowd(50, new Uint8Array(), 10);
  }

  /** Asks an honest peer for much, many times at once, and reads nothing of it. */
  async #take(): Promise<void> {
    const { info } = this.#world.pick(this.#world.files.slice(0, 3));
    const port = servingPort(this.#world.role("carol").process);
    const identity = { infoHash: info.infoHash, reading: "never" } as const;
    using stack = new DisposableStack();
    const crowd: RoguePeer[] = [];
    for (let count = 0; count < 10; count++) {
      const rogue = await RoguePeer.dial(tcpTransport, { host: "127.0.0.1", port }, identity);
      crowd.push(stack.use(rogue));
      rogue.send({ type: "interested" });
    }
    // By now those that are let in are, and what they ask for is not dropped.
    await pause(500);
    for (const rogue of crowd) {
      for (let turn = 0; turn < 1_000; turn++) {
        rogue.send({ type: "request", index: 0, begin: (turn % 8) * 16_384, length: 16_384 });
      }
    }
    await pause(4_000);
  }

  async #crowd(count: number, first: Uint8Array, ms: number): Promise<void> {
    await using _open = await this.#open(count, first);
    await pause(ms);
  }

  /** Connects; to one that is down or frozen nothing is. */
  async #open(count: number, first: Uint8Array): Promise<Connections | undefined> {
    return await Connections.open(count, this.#entrance(), first).catch(() => undefined);
  }

  /** Changes a file of bob's under him, has it as it was, and bob begin anew. */
  async #touch(): Promise<void> {
    const { random } = this.#world;
    const { name, data } = this.#world.pick(this.#world.files);
    const path = join(this.#world.folderOf("bob"), name);
    {
      using file = await Deno.open(path, { write: true });
      const way = randomBelow(random, 3);
      if (way === 0) await file.truncate(randomBelow(random, data.length));
      else {
        await file.seek(way === 1 ? randomBelow(random, data.length) : data.length, 0);
        await file.write(randomBytes(random, 10_000));
      }
    }
    await pause(1_000 + this.#ms(3_000));
    await Deno.writeFile(path, data);
    await this.#world.role("bob").restart(0);
  }

  /** Downloads to a disk that is nearly full, and goes on when there is room. */
  async #fillDisk(): Promise<void> {
    const { files, ledger, trackerFlags } = this.#world;
    const file = files.find(({ data }) => data.length > 15 * 2 ** 20);
    if (this.#disk === undefined || file === undefined) return;
    const folder = join(this.#disk, "library");
    await Deno.mkdir(folder);
    const filler = join(this.#disk, "filler");
    await Deno.writeFile(filler, new Uint8Array(30 * 2 ** 20));
    const args = ["get", file.torrent, "--host", "127.0.0.1", "--json", ...trackerFlags];
    const run = (): Sluice => new Sluice(args, { cwd: folder });
    await using first = run();
    await Promise.race([first.ended, pause(8_000)]);
    await Deno.remove(filler);
    const early = first.state === "ended" ? (await first.outcome()).code : undefined;
    ledger.inspect("who fills the disk", first);
    if (early !== undefined && early !== 9) {
      ledger.fail(`a full disk ended it with ${early}`, first);
    }
    await using second = early === undefined ? first : run();
    await Promise.race([second.ended, pause(120_000)]);
    const got = await Deno.readFile(join(folder, "Original_Files", file.name))
      .catch(() => new Uint8Array());
    if (!equalBytes(got, file.data)) ledger.fail("it is not whole when there is room", second);
    ledger.inspect("who filled the disk", second);
    if (second.state === "running") second.kill("SIGKILL");
    await second.ended;
    await Deno.remove(folder, { recursive: true });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
