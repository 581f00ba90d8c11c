/**
 * A peer of WebTorrent: webtorrent_peer.mjs MODULES SOURCE FOLDER PORT, where MODULES is the folder in
 * which its package lies and SOURCE a torrent file or a magnet link. Says "whole" when it has all of
 * it, "complaint: ..." when something is wrong, and serves until it is killed.
 */
import { register } from "node:module";

const [modules, source, folder, torrentPort] = process.argv.slice(2);

// WebRTC comes as a binary from a host that not everybody reaches, and no peer here speaks it.
const NAMES = ["RTCPeerConnection", "RTCSessionDescription", "RTCIceCandidate"];
const none = moduleOf(`export const ${NAMES.map((name) => `${name} = undefined`).join(", ")};`);
register(moduleOf(`export function resolve(name, context, next) {
  if (name !== "webrtc-polyfill") return next(name, context);
  return { url: ${JSON.stringify(none)}, shortCircuit: true };
}`));

const { default: WebTorrent } = await import(`${modules}/webtorrent/index.js`);
// Asked for nothing, it says by its end that the package can be used.
if (source === undefined) process.exit();

const client = new WebTorrent({
  dht: false,
  lsd: false,
  natPmp: false,
  natUpnp: false,
  torrentPort: Number(torrentPort),
  // It encrypts connections that it opens unless told otherwise, and never tries without.
  secure: 0,
  utp: false,
});

function moduleOf(code) {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

function say(...words) {
  process.stdout.write(`${words.join(" ")}\n`);
}

function complain(what) {
  return (error) => say("complaint:", what, String(error?.message ?? error));
}

client.on("error", complain("error"));
const torrent = client.add(source, { path: folder });
torrent.on("warning", complain("warning"));
torrent.on("error", complain("torrent error"));
torrent.on("done", () => say("whole"));
torrent.on("wire", (wire, address) => {
  say("connected:", address);
  wire.on("error", complain("wire error"));
  wire.on("close", () => say("closed:", address));
});
