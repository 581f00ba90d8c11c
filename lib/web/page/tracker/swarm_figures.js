// @ts-check
import { compareTexts } from "../shared/format.js";

/**
 * @typedef {object} Flow
 * @property {number} from the id of the peer that gives
 * @property {number} to the id of the one that takes
 * @property {number} rate
 * @property {number} bytes
 *
 * @typedef {object} Source
 * @property {number} peer
 * @property {number} rate
 * @property {number} bytes
 *
 * @typedef {Record<string, any> & {id: number, address: string, sources?: Source[]}} Peer
 */

/**
 * How much all peers together have of what they want, in chunks; of whom nothing is known is not counted.
 *
 * @param {readonly Peer[]} peers
 * @param {number} pieceCount
 * @returns {{held: number, wanted: number}}
 */
export function swarmProgress(peers, pieceCount) {
  let [held, wanted] = [0, 0];
  for (const { holding, heldCount } of peers) {
    if (holding === "unknown") continue;
    held += holding === "complete" ? pieceCount : heldCount;
    wanted += pieceCount;
  }
  return { held, wanted: Math.max(1, wanted) };
}

/**
 * How many seconds pass until the last one has all, of those who tell what they hold; `null` if that is not
 * known of one of them, or there is none.
 *
 * @param {readonly Peer[]} peers
 * @returns {number | null}
 */
export function lastLeft(peers) {
  let last = null;
  for (const { holding, leftSeconds } of peers) {
    if (holding !== "some") continue;
    if (leftSeconds === null || leftSeconds === undefined) return null;
    last = Math.max(last ?? 0, leftSeconds);
  }
  return last;
}

/**
 * Orders in which peers may be shown, by what they are called.
 *
 * @type {Record<string, (a: Peer, b: Peer) => number>}
 */
export const PEER_ORDERS = {
  "Joined": byField("id", 1),
  "Least progress": byField("heldCount", 1),
  "Most progress": byField("heldCount", -1),
  "Fetches fastest": byField("downRate", -1),
  "Serves fastest": byField("upRate", -1),
  "Address": (a, b) => compareTexts(a.address, b.address),
};

/**
 * @param {string} name
 * @param {1 | -1} sign
 * @returns {(a: Peer, b: Peer) => number}
 */
function byField(name, sign) {
  return (a, b) => sign * (a[name] - b[name]) || a.id - b.id;
}

/**
 * Who fetches from whom, those first through which the most flows.
 *
 * @param {readonly Peer[]} peers
 * @returns {Flow[]}
 */
export function flowsOf(peers) {
  const flows = peers.flatMap(({ id, sources = [] }) =>
    sources.map(({ peer, rate, bytes }) => ({ from: peer, to: id, rate, bytes }))
  );
  return flows.sort((a, b) => b.rate - a.rate || b.bytes - a.bytes);
}

/**
 * Who is drawn: as many of the flows as have at most so many peers at each side.
 *
 * @param {readonly Flow[]} flows the most important first
 * @param {number} room
 * @returns {{flows: Flow[], givers: number[], takers: number[]}} the peers by what passes them, most first
 */
export function shownFlows(flows, room) {
  /** @type {Map<number, number>} */
  const givers = new Map();
  /** @type {Map<number, number>} */
  const takers = new Map();
  const shown = flows.filter(({ from, to, bytes }) => {
    const fits = (givers.has(from) || givers.size < room) && (takers.has(to) || takers.size < room);
    if (fits) {
      givers.set(from, (givers.get(from) ?? 0) + bytes);
      takers.set(to, (takers.get(to) ?? 0) + bytes);
    }
    return fits;
  });
  return { flows: shown, givers: byAmount(givers), takers: byAmount(takers) };
}

/** @param {Map<number, number>} amounts */
function byAmount(amounts) {
  return [...amounts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([id]) => id);
}
