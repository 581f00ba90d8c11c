/**
 * Prints the bytes by which the heap of a registry grows for each peer that announces itself, garbage
 * not counted. Each peer is at an address of its own and is read from a request, as in a tracker.
 *
 *     deno run --v8-flags=--expose-gc bench/announce/heap_of_peers.ts PEERS SWARMS
 */
// deno-lint-ignore-file no-console
import { systemClock } from "../../lib/net/mod.ts";
import {
  ANNOUNCE_EXPIRY_MS,
  DEFAULT_LIMITS,
  parseHttpAnnounce,
  QueryString,
  SwarmRegistry,
} from "../../lib/tracker/mod.ts";

const [peers = 0, swarms = 0] = Deno.args.map(Number);

/** A number in 20 bytes, each escaped. */
function numbered(number: number): string {
  const hex = number.toString(16).padStart(8, "0");
  return "%00".repeat(16) + hex.replaceAll(/../g, "%$&");
}

function heapBytes(): number {
  // Twice, since what the first pass frees may hold something else.
  for (let pass = 0; pass < 2; pass++) (globalThis as unknown as { gc: () => void }).gc();
  return Deno.memoryUsage().heapUsed;
}

function announce(registry: SwarmRegistry, number: number): void {
  const host = `100.${64 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  const { request } = parseHttpAnnounce(
    new QueryString(
      `info_hash=${numbered(number % swarms)}&peer_id=${numbered(number)}` +
        `&port=6881&uploaded=0&downloaded=0&left=${number % 3}`,
    ),
  );
  const peer = { host, port: request.port, id: request.peerId, agent: "unknown" };
  registry.announce(peer, request, systemClock.now() + ANNOUNCE_EXPIRY_MS);
}

const registry = new SwarmRegistry({ ...DEFAULT_LIMITS, peers });
const before = heapBytes();
for (let number = 0; number < peers; number++) announce(registry, number);
const grown = heapBytes() - before;
if (registry.peers.size !== peers) throw new Error("The registry has not kept every peer");
console.log(Math.round(grown / peers));
