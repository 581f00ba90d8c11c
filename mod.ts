/**
 * Sluice moves big files from one machine to many: a tracker that knows who holds which chunk, and
 * peers that fetch chunks from each other, check every one, and put the file together. Peers speak
 * BitTorrent.
 *
 * @example Share a file, and fetch it by its name
 * ```ts ignore
 * import { metainfo, peer, tracker } from "@sluice/sluice";
 *
 * await using server = tracker.serveTracker({ host: "127.0.0.1", port: 0 });
 *
 * await using alice = new peer.PeerNode();
 * await using aliceTracker = tracker.connectPeer(alice, server.address);
 * const shared = await peer.shareData(alice, { path: "Original_Files/mv1.mp4" });
 * await shared.announced;
 *
 * await using bob = new peer.PeerNode();
 * await using bobTracker = tracker.connectPeer(bob, server.address);
 * const { info } = await metainfo.parseTorrent(await bobTracker.getTorrent("mv1.mp4"));
 * const torrent = await peer.fetchTorrent(bob, { info, folder: await Deno.makeTempDir() });
 * console.log("fetched", await torrent.completed);
 * ```
 *
 * @example A peer that speaks only with those who know a key
 * ```ts ignore
 * import { net, peer } from "@sluice/sluice";
 *
 * const key = net.parseSwarmKey(await Deno.readTextFile("team.key"));
 * await using node = new peer.PeerNode({
 *   transport: net.keyedTransport(net.tcpTransport, { key }),
 * });
 * ```
 *
 * @module
 */

/** Bencoding (BEP 3): decode with limits, encode canonically. */
export * as bencode from "./lib/bencode/mod.ts";

/** Length-prefixed frames over web streams. */
export * as framing from "./lib/framing/mod.ts";

/** Torrent files, magnet links, and the arithmetic of pieces. */
export * as metainfo from "./lib/metainfo/mod.ts";

/** Connections: over TCP, in memory, and among those who know the key of a private swarm. */
export * as net from "./lib/net/mod.ts";

/** Peers, which serve and fetch. */
export * as peer from "./lib/peer/mod.ts";

/** The tracker and its client. */
export * as tracker from "./lib/tracker/mod.ts";
