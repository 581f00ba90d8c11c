import { createPeerId, PEER_ID_RANDOM_LENGTH } from "../../lib/bytes/mod.ts";
import { createInfo, type TorrentInfo } from "../../lib/metainfo/mod.ts";
import {
  AddressQueue,
  type Clock,
  FakeClock,
  MemoryNetwork,
  type PeerAddress,
  RatedLinks,
  type Transport,
} from "../../lib/net/mod.ts";
import { type Discovery, PeerNode, type SwarmTicket, type Torrent } from "../../lib/peer/mod.ts";
import { BlindStore } from "./blind_store.ts";

/** The part of a link's rate that is left for data: 1448 bytes of each frame of 1514. */
const PAYLOAD_SHARE = 1448 / 1514;

/** The time between two looks at who is done, in milliseconds. */
const LOOK_MS = 10;

/** Beyond this the links are simulated less finely. */
const MANY_HOSTS = 100;

/** The name of the host that seeds. */
const SEEDER = "seeder";

/** What is simulated: one seeder, and hosts that fetch one file from it and from each other. */
export interface SwarmScenario {
  /** Hosts that fetch. */
  readonly hosts: number;
  /** The size of the file, in bytes. */
  readonly length: number;
  /** The length of a piece, in bytes. */
  readonly pieceLength: number;
  /** What each link carries each way, in bits a second, headers included. */
  readonly bitsPerSecond: number;
  /** When each host starts, in milliseconds; the hosts beyond the list start at 0. */
  readonly startsMs?: readonly number[];
  /** What part of the others' rate each host has; 1 for the hosts beyond the list. */
  readonly speeds?: readonly number[];
  /** When each host stands still for good, in milliseconds; the hosts beyond the list do not. */
  readonly freezesMs?: readonly number[];
  /** Of how many networks the hosts are, in turn, which only the seeder joins; 1 by default. */
  readonly networks?: number;
  /** How long bytes travel, in milliseconds. */
  readonly latencyMs?: number;
  /** Whether a host that has the file goes on serving; it does by default. */
  readonly whenDone?: "stay" | "leave";
  /** Decides all that is random. */
  readonly seed?: number;
  /** The simulation ends after so many seconds of its time, 600 by default. */
  readonly limitSeconds?: number;
}

/** What came of it. */
export interface SwarmOutcome {
  /** How long each host took from its own start, in seconds; infinite if it was not done. */
  readonly seconds: readonly number[];
  /** The time from 0 until the last was done of those that do not stand still, in seconds. */
  readonly lastSeconds: number;
  /** The size of the file over the rate of a link, in seconds. */
  readonly optimumSeconds: number;
  /** What the seeder sent, in files. */
  readonly sentFiles: number;
  /** What those hosts received of blocks, in files a host: above 1 some came twice. */
  readonly receivedFiles: number;
  /** How many pieces each host held at each second. */
  readonly heldEachSecond: readonly (readonly number[])[];
}

/** A tracker as announces see it: whoever enters is told who is there, and nobody is told of him. */
class Rendezvous implements Discovery {
  readonly #members: PeerAddress[];
  readonly #address: () => PeerAddress;

  constructor(members: PeerAddress[], address: () => PeerAddress) {
    this.#members = members;
    this.#address = address;
  }

  join(): SwarmTicket {
    const found = new AddressQueue(this.#members.length + 1);
    found.add(this.#members);
    this.#members.push(this.#address());
    return {
      peers: found.stream,
      announced: Promise.resolve(),
      pieceHeld: () => undefined,
      [Symbol.dispose]: () => found.close(),
    };
  }
}

/**
 * Runs the real peers on a network in memory, and as fast as the processor can, until all are done but
 * those that stand still.
 */
export async function simulateSwarm(scenario: SwarmScenario): Promise<SwarmOutcome> {
  const clock = new FakeClock();
  const { latencyMs = 0, bitsPerSecond, limitSeconds = 600, networks = 1 } = scenario;
  const roundMs = scenario.hosts > MANY_HOSTS ? 10 : 2;
  const links = new RatedLinks({ clock, latencyMs, roundMs });
  const network = new MemoryNetwork(links);
  const random = seededRandom(scenario.seed ?? 1);
  const info = await torrentOf(scenario);
  const members: PeerAddress[] = [];
  const nodes: PeerNode[] = [];

  function start(host: string, content: "whole" | "empty", speed: number): Torrent {
    const rate = bitsPerSecond / 8 * PAYLOAD_SHARE * speed;
    links.limit(host, { up: rate, down: rate });
    const name = Uint8Array.from({ length: PEER_ID_RANDOM_LENGTH }, () => random() * 256);
    const node = new PeerNode({
      host,
      transport: reaching(network.host(host), (other) =>
        [host, other].includes(SEEDER) ||
        numberOf(host) % networks === numberOf(other) % networks),
      clock,
      random,
      peerId: createPeerId(name),
    });
    nodes.push(node);
    node.discoverBy(new Rendezvous(members, () => node.address));
    return node.add(new BlindStore(info, content));
  }

  const seeder = start(SEEDER, "whole", 1);
  const hosts = Array.from({ length: scenario.hosts }, (_, position) => ({
    name: `host${position}`,
    startMs: scenario.startsMs?.[position] ?? 0,
    speed: scenario.speeds?.[position] ?? 1,
    freezesMs: scenario.freezesMs?.[position] ?? Infinity,
    torrent: undefined as Torrent | undefined,
    doneMs: Infinity,
  }));
  const heldEachSecond: number[][] = [];
  for (let nowMs = 0; nowMs < limitSeconds * 1000; nowMs += LOOK_MS) {
    for (const host of hosts) {
      if (host.torrent === undefined && host.startMs <= nowMs) {
        host.torrent = start(host.name, "empty", host.speed);
        if (scenario.whenDone === "leave") void leaveWhenDone(host.torrent, clock);
      }
      if (host.freezesMs <= nowMs) links.limit(host.name, { up: 0, down: 0 });
      if (host.torrent?.store.held.isFull && host.doneMs === Infinity) host.doneMs = nowMs;
    }
    if (hosts.every(({ doneMs, freezesMs }) => Math.min(doneMs, freezesMs) <= nowMs)) break;
    if (nowMs % 1000 === 0) {
      heldEachSecond.push(hosts.map(({ torrent }) => torrent?.store.held.count ?? 0));
    }
    await clock.advance(LOOK_MS);
  }
  const lasting = hosts.filter(({ freezesMs }) => freezesMs === Infinity);
  const received = lasting.reduce((sum, { torrent }) => sum + (torrent?.status.downloaded ?? 0), 0);
  const outcome = {
    seconds: hosts.map(({ doneMs, startMs }) => (doneMs - startMs) / 1000),
    lastSeconds: Math.max(...lasting.map(({ doneMs }) => doneMs)) / 1000,
    optimumSeconds: scenario.length * 8 / bitsPerSecond,
    sentFiles: seeder.status.uploaded / scenario.length,
    receivedFiles: received / scenario.length / lasting.length,
    heldEachSecond,
  };
  const closing = Promise.all(nodes.map((node) => node.close()));
  await clock.advance(1_000);
  await closing;
  return outcome;
}

/** The number of a host that fetches. */
function numberOf(host: string): number {
  return Number(host.replace("host", ""));
}

/** A transport that reaches some hosts only. */
function reaching(transport: Transport, isNear: (host: string) => boolean): Transport {
  return {
    ...transport,
    dial: (address, options) =>
      isNear(address.host)
        ? transport.dial(address, options)
        : Promise.reject(new Error(`Cannot reach ${address.host}: it is in another network`)),
  };
}

async function leaveWhenDone(torrent: Torrent, clock: Clock): Promise<void> {
  await torrent.completed.catch(() => undefined);
  clock.setTimer(() => void torrent.close(), 0);
}

function torrentOf({ length, pieceLength }: SwarmScenario): Promise<TorrentInfo> {
  const pieceCount = Math.ceil(length / pieceLength);
  return createInfo({
    name: "simulated.bin",
    shape: "file",
    files: [{ path: [], length }],
    pieceLength,
    pieceHashes: new Uint8Array(20 * pieceCount),
  });
}

/** Numbers from 0 up to but not including 1, the same for the same seed (a linear congruence). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
