import { assertEquals } from "@std/assert";
import { tcpTransport } from "../../../lib/net/mod.ts";
import type { RunningTracker } from "../../e2e/scene.ts";
import { soon } from "../../e2e/sluice.ts";
import { greeting, RawClient } from "../../tracker/raw_client.ts";
import { PAGE } from "../../tracker/sample_tracker.ts";

/** A door of a tracker, or the port of a peer, by what it is asked through. */
export type DoorName = "tcp" | "http" | "udp";

let asked = 0;

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
