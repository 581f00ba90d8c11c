import { join } from "@std/path";
import { type PeerAddress, tcpTransport } from "../../lib/net/mod.ts";
import { Connections } from "../faults/hostile/connections.ts";
import { RoguePeer } from "../peer/rogue_peer.ts";
import type { Chance } from "./chance.ts";
import type { Downloads } from "./downloads.ts";
import type { FullDisk } from "./full_disk.ts";
import type { Happening } from "./ledger.ts";
import { freeze } from "./role.ts";
import { servingPort, type World } from "./world.ts";

/** A fault; it is done when everything is as before. */
type Fault = (chance: Chance) => Promise<Happening>;

/** A kind of fault, how often it comes in a round, and what it mistreats if others do so too. */
type Kind = readonly [times: number, kind: string, fault: Fault, on?: string];

/** A fault that is to come. */
interface Card {
  readonly kind: string;
  readonly fault: Fault;
  readonly on: string;
  readonly chance: Chance;
}

/** Injects faults, one after the other, in rounds: each kind comes in each round, in any order. */
export class Faults {
  readonly #world: World;
  readonly #downloads: readonly Downloads[];
  readonly #running = new Set<Promise<void>>();
  /** What is being mistreated, which is not to be mistreated in another way meanwhile. */
  readonly #busy = new Set<string>();
  readonly #kinds: readonly Kind[];
  readonly #cards: Card[] = [];
  #rounds = 0;

  /** Without a disk none is filled. */
  constructor(world: World, downloads: readonly Downloads[], disk?: FullDisk) {
    this.#world = world;
    this.#downloads = downloads;
    this.#kinds = [
      [4, "leecher killed", (chance) => this.#killLeecher(chance)],
      [1, "tracker killed", (chance) => this.#killTracker(chance), "tracker"],
      [2, "seeder killed", (chance) => world.role("bob").restart(chance.below(3_000)), "bob"],
      [2, "seeder frozen", (chance) => this.#freeze("alice", chance), "alice"],
      [1, "seeder frozen", (chance) => this.#freeze("bob", chance), "bob"],
      [1, "tracker frozen", (chance) => this.#freezeTracker(chance), "tracker"],
      [2, "leecher frozen", (chance) => this.#freezeLeecher(chance)],
      [2, "links stalled", (chance) => this.#stall(chance), "relay"],
      [2, "links cut", () => this.#end("cut")],
      [2, "links broken", () => this.#end("break")],
      [2, "rubbish", (chance) => this.#rubbish(chance)],
      [2, "slow-loris", (chance) => this.#drip(chance), "loris"],
      [1, "connections that come and go", (chance) => this.#comeAndGo(chance)],
      [2, "takers that never read", (chance) => this.#take(chance)],
      [2, "data touched", (chance) => this.#touch(chance), "bob"],
      ...disk === undefined ? [] : [[1, "disk full", () => disk.fill()] as const],
    ];
  }

  /** The kinds of faults, each once. */
  get kinds(): ReadonlySet<string> {
    return new Set(this.#kinds.map(([, kind]) => kind));
  }

  /** Injects the next one whose victim is not mistreated in another way just now. */
  inject(): void {
    if (this.#cards.every(({ on }) => this.#busy.has(on))) this.#deal();
    const at = this.#cards.findIndex(({ on }) => !this.#busy.has(on));
    const [card] = at < 0 ? [] : this.#cards.splice(at, 1);
    if (card === undefined) return;
    const { kind, fault, on, chance } = card;
    const { ledger } = this.#world;
    this.#busy.add(on);
    const running = fault(chance)
      .then((happening) => {
        if (happening === "done") ledger.happened(kind);
      })
      .catch((error) => ledger.fail(`after ${kind}: ${error}`))
      .finally(() => {
        this.#busy.delete(on);
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /** Waits until everything is as before. */
  async settle(): Promise<void> {
    this.#world.relay.resume();
    await Promise.all(this.#running);
  }

  /** Puts the faults of another round behind those that wait. */
  #deal(): void {
    const chance = this.#world.chance.of(`faults ${this.#rounds++}`);
    const cards = this.#kinds.flatMap(([times, kind, fault, on = kind]) =>
      Array.from(
        { length: times },
        (_, nth) => ({ kind, fault, on, chance: chance.of(`${kind} of ${on} ${nth}`) }),
      )
    );
    this.#cards.push(...chance.shuffled(cards));
  }

  #killLeecher(chance: Chance): Promise<Happening> {
    const place = chance.shuffled(this.#downloads).find(({ process }) => process !== undefined);
    return Promise.resolve(place?.kill() ?? "impossible");
  }

  async #killTracker(chance: Chance): Promise<Happening> {
    const happening = await this.#world.trackers[0]?.role.restart(chance.below(5_000));
    await this.#world.announceStrangers();
    return happening ?? "impossible";
  }

  async #freeze(name: "alice" | "bob", chance: Chance): Promise<Happening> {
    return await freeze(this.#world.role(name).process, chance.below(6_000));
  }

  async #freezeTracker(chance: Chance): Promise<Happening> {
    const process = this.#world.trackers[0]?.role.process;
    return process === undefined ? "impossible" : await freeze(process, chance.below(6_000));
  }

  async #freezeLeecher(chance: Chance): Promise<Happening> {
    const place = chance.shuffled(this.#downloads).find(({ process }) => process !== undefined);
    const process = place?.process;
    return process === undefined ? "impossible" : await freeze(process, chance.below(6_000));
  }

  async #stall(chance: Chance): Promise<Happening> {
    const { relay } = this.#world;
    if (relay.open === 0) return "impossible";
    relay.stall();
    await pause(chance.below(8_000));
    relay.resume();
    return "done";
  }

  #end(kind: "cut" | "break"): Promise<Happening> {
    const { relay } = this.#world;
    const happening = relay.open === 0 ? "impossible" : "done";
    relay.end(kind);
    return Promise.resolve(happening);
  }

  /** Somewhere where anybody may connect. */
  #entrance(chance: Chance): PeerAddress {
    const { trackers } = this.#world;
    const ports = trackers.flatMap(({ ports }) => [ports.tcp, ports.http]);
    for (const name of ["alice", "bob", "carol"] as const) {
      ports.push(servingPort(this.#world.role(name).process));
    }
    return { host: "127.0.0.1", port: chance.pick(ports) };
  }

  async #rubbish(chance: Chance): Promise<Happening> {
    return await this.#crowd(chance, { bytes: chance.bytes(1 + chance.below(50_000)), ms: 500 });
  }

  async #drip(chance: Chance): Promise<Happening> {
    await using open = await this.#open(60, this.#entrance(chance), encode("\x13BitTor"));
    if (open === undefined) return "impossible";
    open.drip(encode("rent protocol"), 1_000);
    await pause(12_000);
    return "done";
  }

  async #comeAndGo(chance: Chance): Promise<Happening> {
    let happening: Happening = "impossible";
    for (let turn = 0; turn < 10; turn++) {
      const each = await this.#crowd(chance, { bytes: new Uint8Array(), ms: 10 });
      if (each === "done") happening = each;
    }
    return happening;
  }

  /** Asks an honest peer for much, many times at once, and reads nothing of it. */
  async #take(chance: Chance): Promise<Happening> {
    const { info } = chance.pick(this.#world.files.slice(0, 3));
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
    return "done";
  }

  /** Fifty come somewhere, say something and stay for a while. */
  async #crowd(
    chance: Chance,
    { bytes, ms }: { readonly bytes: Uint8Array; readonly ms: number },
  ): Promise<Happening> {
    await using open = await this.#open(50, this.#entrance(chance), bytes);
    if (open === undefined) return "impossible";
    await pause(ms);
    return "done";
  }

  /** Connects; to one that is down nothing is. */
  async #open(
    count: number,
    address: PeerAddress,
    first: Uint8Array,
  ): Promise<Connections | undefined> {
    return await Connections.open(count, address, first).catch(() => undefined);
  }

  /** Changes a file of bob's under him, has it as it was, and bob begin anew. */
  async #touch(chance: Chance): Promise<Happening> {
    const { name, data } = chance.pick(this.#world.files);
    const path = join(this.#world.folderOf("bob"), name);
    {
      using file = await Deno.open(path, { write: true });
      const way = chance.below(3);
      if (way === 0) await file.truncate(chance.below(data.length));
      else {
        await file.seek(way === 1 ? chance.below(data.length) : data.length, 0);
        await file.write(chance.bytes(10_000));
      }
    }
    await pause(1_000 + chance.below(3_000));
    await Deno.writeFile(path, data);
    return await this.#world.role("bob").restart(0);
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
