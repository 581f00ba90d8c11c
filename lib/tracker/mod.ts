/**
 * The tracker: who holds which piece of what, the server that knows it and the client that asks.
 *
 * @example
 * ```ts
 * import { serveTracker, TrackerClient } from "./mod.ts";
 * import { createPeerId } from "../bytes/mod.ts";
 *
 * await using tracker = serveTracker({ host: "127.0.0.1", port: 0 });
 * const peerId = createPeerId(crypto.getRandomValues(new Uint8Array(12)));
 * await using client = new TrackerClient({
 *   address: tracker.address,
 *   peerId,
 *   port: 6881,
 *   agent: "Example/1.0",
 * });
 * const { total } = await client.listFiles();
 * if (total !== 0) throw new Error("a new tracker knows no files");
 * ```
 *
 * @module
 */
export * from "./api_limits.ts";
export * from "./client/mod.ts";
export * from "./limits.ts";
export * from "./tracker_limits.ts";
export * from "./protocol/mod.ts";
export * from "./refused_error.ts";
export * from "./server/mod.ts";
export * from "./state/mod.ts";
export * from "./swarm/mod.ts";
