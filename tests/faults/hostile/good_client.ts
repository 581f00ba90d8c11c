import { assert, assertEquals, assertLess } from "@std/assert";
import { tcpTransport } from "../../../lib/net/mod.ts";
import type { RunningTracker } from "../../e2e/scene.ts";
import { soon } from "../../e2e/sluice.ts";
import { greeting, RawClient } from "../../tracker/raw_client.ts";
import { PAGE } from "../../tracker/sample_tracker.ts";
import { tell } from "./usage.ts";

/** A door of a tracker, or the port of a peer, by what it is asked through. */
export type DoorName = "tcp" | "http" | "udp";

/** Nobody who asks for something small may wait for longer, however slow the machine is. */
export const LONGEST_WAIT_MS = 5_000;

/** Most of those who ask for something small wait for less than this. */
export const USUAL_WAIT_MS = 1_000;

let asked = 0;

/**
 * Tells how long good clients have waited, and fails if that was not a second at the median, or if one
 * of them waited for longer than a busy machine explains.
 */
export function assertPrompt(where: string, waitsMs: readonly number[]): void {
  assert(waitsMs.length > 0, "nobody has waited");
  const sorted = waitsMs.toSorted((a, b) => a - b);
  const usual = sorted[sorted.length >> 1] ?? Infinity;
  const longest = sorted.at(-1) ?? Infinity;
  tell(`a good client ${where} waits ${Math.round(usual)} ms, ${Math.round(longest)} at most`);
  assertLess(usual, USUAL_WAIT_MS);
  assertLess(longest, LONGEST_WAIT_MS);
}

/** How long a client at a door waits for an answer from its first byte on, in milliseconds. */
export async function timeAtDoor(door: DoorName, tracker: RunningTracker): Promise<number> {
  const startMs = performance.now();
  await soon(`an answer at the ${door} door`, ASK[door](tracker));
  return performance.now() - startMs;
}

/** The longest of those times at all doors. */
export async function timeAtAllDoors(tracker: RunningTracker): Promise<number> {
  const times = (["tcp", "http", "udp"] as const).map((door) => timeAtDoor(door, tracker));
  return Math.max(...await Promise.all(times));
}

const ASK: Record<DoorName, (tracker: RunningTracker) => Promise<void>> = {
  async tcp({ port }) {
    const address = { host: "127.0.0.1", port };
    using client = await RawClient.dial(tcpTransport, address);
    await client.ask("connect", { ...greeting(0), port: 0 });
    await client.ask("list_files", PAGE);
  },
  async http({ urls }) {
    const query = `info_hash=${"h".repeat(20)}&peer_id=${"p".repeat(20)}&port=7777&left=1`;
    // With a client of its own there is a new connection each time.
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const response = await fetch(`${urls.http}?${query}`, { client });
    assertEquals([response.status, (await response.text()).slice(0, 12)], [200, "d8:completei"]);
  },
  async udp({ urls }) {
    const { hostname, port } = new URL(urls.udp.replace("udp:", "http:"));
    using cleanup = new DisposableStack();
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    cleanup.defer(() => socket.close());
    // Connect (BEP 15): protocol id, action 0, transaction id.
    const request = new DataView(new ArrayBuffer(16));
    request.setBigUint64(0, 0x41727101980n);
    request.setUint32(12, ++asked);
    await socket.send(new Uint8Array(request.buffer), {
      transport: "udp",
      hostname,
      port: Number(port),
    });
    const [reply] = await socket.receive();
    assertEquals([reply.length, new DataView(reply.buffer, reply.byteOffset).getUint32(4)], [
      16,
      asked,
    ]);
  },
};
