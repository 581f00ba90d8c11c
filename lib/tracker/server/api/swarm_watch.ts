import type { InfoHash, PeerId } from "../../../bytes/mod.ts";
import { encodeCells } from "../../../web/mod.ts";
import { MAX_PIECES_DRAWN, MAX_WATCHED_PEERS } from "../../api_limits.ts";
import type { Member } from "../../swarm/mod.ts";
import type { TrackerContext } from "../context.ts";
import { isNamed, type NamedSwarm } from "../entries.ts";
import { availabilityCells } from "./availability_cells.ts";
import { ChangedEntries } from "./changed_entries.ts";
import { Greeting, type Listener, Listeners } from "./listeners.ts";
import { linkFile, type ShownFile, shownFile } from "./shown_file.ts";
import type { SwarmFlows } from "./swarm_flows.ts";
import { WatchedMember } from "./watched_member.ts";

/** Pieces whose holders are counted in the time of a look at a member. */
const PIECES_A_MEMBER = 4_096;

/** What a {@linkcode SwarmWatch} works with. */
export interface SwarmWatchOptions {
  readonly context: TrackerContext;
  /** How fast bytes move in swarms. */
  readonly flows: SwarmFlows;
  /** Numbers events. */
  readonly nextId: () => number;
}

/** A swarm as listeners know it. */
interface ToldSwarm {
  readonly swarm: NamedSwarm;
  readonly pieceCount: number;
  readonly members: Map<Member, WatchedMember>;
  file: ShownFile;
  availability: string;
}

/**
 * Tells listeners of one swarm: of 1,000 of its members, and of how often each part of it is there.
 *
 * Invariant: listeners know what `#told` has, and nothing if the tracker does not know the torrent. A
 * look costs as much as there are members and pieces, and maps of at most 4 million pieces are drawn in it; an event
 * has 128 KiB at most. What is beyond either comes with the next look, who was told of last comes last.
 */
export class SwarmWatch {
  readonly infoHash: InfoHash;
  readonly listeners: Listeners;
  readonly #options: SwarmWatchOptions;
  readonly #greeting: Greeting;
  #told: ToldSwarm | undefined = undefined;

  /** Makes a watch of a torrent, which need not be known. */
  constructor(infoHash: InfoHash, options: SwarmWatchOptions) {
    this.infoHash = infoHash;
    this.#options = options;
    this.listeners = new Listeners(options.nextId);
    this.#greeting = new Greeting("swarm", (urls) => this.#snapshot(urls), options.nextId);
  }

  /** Adds a listener and tells him all that the others know. */
  join(listener: Listener): void {
    if (this.listeners.size === 0) this.look();
    this.listeners.add(listener);
    if (this.#told !== undefined) this.#greeting.tell(listener);
    else new Greeting("missing", () => this.#missing(), this.#options.nextId).tell(listener);
  }

  /** What listeners know of a member, if it is one of those of whom they are told. */
  watchedOf(member: Member): WatchedMember | undefined {
    return this.#told?.members.get(member);
  }

  /**
   * Looks at what has changed and tells all listeners. Gives how many members it has looked at; pieces, of
   * which each is looked at as well, count as so many members as take the same time.
   */
  look(): number {
    const { registry, clock } = this.#options.context;
    const swarm = registry.swarms.get(this.infoHash);
    this.#greeting.forget();
    if (swarm === undefined || !isNamed(swarm)) {
      if (this.#told === undefined) return 1;
      this.#told = undefined;
      this.listeners.tellAll("missing", () => this.#missing());
      return 1;
    }
    if (this.#told?.swarm === swarm && this.#told.pieceCount === swarm.pieceCount) {
      this.#tellChanges(this.#told, clock.now());
    } else {
      this.#told = this.#begin(swarm, clock.now());
      this.listeners.tellAll("swarm", (urls) => this.#snapshot(urls));
    }
    return 1 + this.#told.members.size + Math.floor(swarm.pieceCount / PIECES_A_MEMBER);
  }

  #begin(swarm: NamedSwarm, nowMs: number): ToldSwarm {
    const told: ToldSwarm = {
      swarm,
      pieceCount: swarm.pieceCount,
      members: new Map(),
      file: shownFile(swarm, this.#options.flows.note(swarm, nowMs)),
      availability: encodeCells(availabilityCells(swarm)),
    };
    this.#takeIn(told, nowMs);
    let drawn = 0;
    for (const member of told.members.values()) {
      if (drawn >= MAX_PIECES_DRAWN) break;
      drawn += member.piecesToDraw;
      member.news(member.look(nowMs, { fetched: [], idOf: () => undefined, fed: 0 }));
    }
    return told;
  }

  /** Takes in members as long as there is room. */
  #takeIn({ swarm, members }: ToldSwarm, nowMs: number): void {
    const { sessions } = this.#options.context;
    if (members.size === swarm.members.length) return;
    for (const member of swarm.members) {
      if (members.size === MAX_WATCHED_PEERS) return;
      if (!members.has(member)) members.set(member, new WatchedMember(member, sessions, nowMs));
    }
  }

  #tellChanges(told: ToldSwarm, nowMs: number): void {
    const { swarm, members } = told;
    const gone: number[] = [];
    for (const [member, { id }] of members) {
      if (swarm.members[member.index] === member) continue;
      members.delete(member);
      this.#options.context.fetching.left(this.infoHash, member.peer);
      gone.push(id);
    }
    this.#takeIn(told, nowMs);
    const changed = this.#changedMembers(members, nowMs);
    const file = shownFile(swarm, this.#options.flows.note(swarm, nowMs));
    const isNewFile = JSON.stringify(file) !== JSON.stringify(told.file);
    const availability = encodeCells(availabilityCells(swarm));
    const isNewAvailability = availability !== told.availability;
    told.file = file;
    told.availability = availability;
    if (changed.isEmpty && gone.length === 0 && !isNewFile && !isNewAvailability) return;
    const head = `{"changed":${changed.toJson()},"gone":${JSON.stringify(gone)}`;
    const total = `,"total":${swarm.members.length}`;
    const cells = isNewAvailability ? `,"availability":"${availability}"` : "";
    this.listeners.tellAll("peers", (urls) => {
      const news = isNewFile ? `,"file":${JSON.stringify(linkFile(file, urls))}` : "";
      return `${head}${total}${cells}${news}}`;
    });
  }

  #changedMembers(members: Map<Member, WatchedMember>, nowMs: number): ChangedEntries {
    const changed = new ChangedEntries();
    let drawn = 0;
    const { fetching } = this.#options.context;
    const ids = new Map([...members.keys()].map(({ peer }) => [peer.id, peer.serial]));
    const idOf = (peerId: PeerId) => ids.get(peerId);
    const fed = new Map<number, number>();
    for (const { sources } of members.values()) {
      for (const { peer, rate } of sources) fed.set(peer, (fed.get(peer) ?? 0) + rate);
    }
    for (const [member, watched] of [...members]) {
      const fetched = fetching.of(this.infoHash, member.peer);
      const shown = watched.look(nowMs, { fetched, idOf, fed: fed.get(watched.id) ?? 0 });
      const pieces = watched.piecesToDraw;
      if (!changed.hasRoom || (pieces > 0 && drawn >= MAX_PIECES_DRAWN)) continue;
      drawn += pieces;
      const news = watched.news(shown);
      if (news === undefined) continue;
      changed.add(JSON.stringify(news));
      members.delete(member);
      members.set(member, watched);
    }
    return changed;
  }

  #missing(): string {
    return JSON.stringify({ infoHash: this.infoHash });
  }

  #snapshot(urls: readonly string[]): string {
    if (this.#told === undefined) return this.#missing();
    const { file, swarm, members, availability } = this.#told;
    const peers = [...members.values()].flatMap((member) => member.shown() ?? []);
    const total = swarm.members.length;
    return JSON.stringify({ file: linkFile(file, urls), peers, total, availability });
  }
}
