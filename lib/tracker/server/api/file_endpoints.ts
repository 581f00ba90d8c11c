import { encodeTorrent, MAX_NAME_BYTES, parseTorrent } from "../../../metainfo/mod.ts";
import {
  ApiError,
  asAttachment,
  contentResponse,
  encodeCells,
  jsonResponse,
} from "../../../web/mod.ts";
import { availabilityCells } from "./availability_cells.ts";
import { MAX_PIECES_LISTED, MAX_SWARMS_SEARCHED } from "../../api_limits.ts";
import type { PageRange } from "../../protocol/mod.ts";
import type { Member, Swarm } from "../../swarm/mod.ts";
import type { TrackerContext } from "../context.ts";
import { isNamed, type NamedSwarm } from "../entries.ts";
import type { ApiSources } from "./api_sources.ts";
import { type Asked, type Endpoint, unknownFile } from "./endpoint.ts";
import { readInfoHash, readRange, readSearch } from "./read_asked.ts";
import { searchSwarms } from "./search_swarms.ts";
import { linkFile, type ShownFile, shownFile } from "./shown_file.ts";
import { shownPeer } from "./shown_peer.ts";
import { announceUrls } from "./tracker_urls.ts";

/** What a request takes at least, in entries of a list. */
const ENTRIES_A_REQUEST = 10;

/** Entries that are passed over in the time of one. */
const PASSED_AN_ENTRY = 30;

/** Bytes of a torrent file that are read and written in the time of an entry. */
const BYTES_AN_ENTRY = 4_096;

/** Pieces of a map that are drawn in the time of an entry. */
const PIECES_AN_ENTRY = 512;

/** What the API tells of torrents and their swarms. */
export function fileEndpoints(sources: ApiSources): readonly Endpoint[] {
  const { context, flows, hub } = sources;
  const { registry, sessions, clock } = context;

  /** The swarm that the path names. */
  function swarmOf({ parameters }: Asked): NamedSwarm {
    const infoHash = readInfoHash(parameters.get("infoHash") ?? "");
    const swarm = registry.swarms.get(infoHash);
    if (swarm !== undefined && isNamed(swarm)) return swarm;
    throw unknownFile(infoHash);
  }

  function shownNow(swarm: NamedSwarm): ShownFile {
    return shownFile(swarm, flows.last(swarm, clock.now()));
  }

  return [
    {
      method: "GET",
      path: "/files",
      answer({ visit, query, trackerUrl }) {
        const range = readRange(query);
        const { offset } = range;
        const text = readSearch(query);
        const looked = text === undefined ? offset : MAX_SWARMS_SEARCHED;
        const passed = Math.min(looked, registry.swarms.size) / PASSED_AN_ENTRY;
        // Before anything is searched for it is not known how much there will be to list.
        if (text !== undefined) sources.charge(visit, costOf(range, Infinity) + passed);
        const { total, swarms, ...more } = swarmsAsked(query, text, context);
        if (text === undefined) sources.charge(visit, costOf(range, total) + passed);
        const urls = announceUrls(trackerUrl, context.doors);
        const files = partOf(swarms, range).map((swarm) => linkFile(shownNow(swarm), urls));
        return jsonResponse({ total, offset, files, ...more });
      },
    },
    {
      method: "GET",
      path: "/files/{infoHash}",
      answer(asked) {
        const urls = announceUrls(asked.trackerUrl, context.doors);
        return jsonResponse(linkFile(shownNow(swarmOf(asked)), urls));
      },
    },
    {
      method: "GET",
      path: "/files/{infoHash}/torrent",
      async answer(asked) {
        const { infoHash, torrent } = swarmOf(asked);
        if (torrent.state === "published") {
          sources.charge(asked.visit, 1 + torrent.torrentFile.length / BYTES_AN_ENTRY);
        }
        if (torrent.state !== "published") {
          throw new ApiError(
            404,
            `Cannot give torrent file of ${infoHash}: nobody has handed it in yet, ask again later`,
          );
        }
        const { info } = await parseTorrent(torrent.torrentFile, "published torrent");
        const trackers = [announceUrls(asked.trackerUrl, context.doors)];
        return download(encodeTorrent({ info, trackers }), `${torrent.shape.name}.torrent`);
      },
    },
    {
      method: "GET",
      path: "/files/{infoHash}/peers",
      answer(asked) {
        const range = readRange(asked.query);
        const { members } = swarmOf(asked);
        const { part, pieces } = drawable(members, range);
        sources.charge(asked.visit, ENTRIES_A_REQUEST + part.length + pieces / PIECES_AN_ENTRY);
        const peers = part.map((member) => shownPeer(member, hub.watchedOf(member), sessions));
        return jsonResponse({ total: members.length, offset: range.offset, peers });
      },
    },
    {
      method: "GET",
      path: "/files/{infoHash}/availability",
      answer(asked) {
        const swarm = swarmOf(asked);
        sources.charge(asked.visit, 1 + swarm.pieceCount / PIECES_AN_ENTRY);
        return jsonResponse({
          cells: encodeCells(availabilityCells(swarm)),
          seeders: swarm.seeders,
        });
      },
    },
  ];
}

/** What a page of a list takes, in entries; each request takes something. */
function costOf({ offset, limit }: PageRange, total: number): number {
  return ENTRIES_A_REQUEST + Math.max(0, Math.min(limit, total - offset));
}

/** All swarms, or those whose torrent has the name that is asked for, and how many of them have one. */
function swarmsAsked(
  query: URLSearchParams,
  text: string | undefined,
  { registry }: TrackerContext,
): { readonly total: number; readonly swarms: Iterable<Swarm>; readonly searchedAll?: boolean } {
  if (text !== undefined) {
    const found = searchSwarms(text, registry);
    return { total: found.swarms.length, ...found };
  }
  const name = query.get("name");
  if (name === null || name === "") {
    return { total: registry.catalogue.namedCount, swarms: registry.swarms.values() };
  }
  const swarms = name.length > MAX_NAME_BYTES ? new Set<Swarm>() : registry.swarmsNamed(name);
  return { total: swarms.size, swarms };
}

/** Those with a name that a range names; what is behind it is not looked at. */
function partOf(swarms: Iterable<Swarm>, { offset, limit }: PageRange): NamedSwarm[] {
  const part: NamedSwarm[] = [];
  if (limit === 0) return part;
  let at = 0;
  for (const swarm of swarms) {
    if (isNamed(swarm) && at++ >= offset && part.push(swarm) >= limit) break;
  }
  return part;
}

/** The members that a range names, as far as the maps of all of them may be drawn, and the pieces of those. */
function drawable(
  members: readonly Member[],
  { offset, limit }: PageRange,
): { readonly part: readonly Member[]; readonly pieces: number } {
  const part: Member[] = [];
  let pieces = 0;
  for (const member of members.slice(offset, offset + limit)) {
    if (pieces >= MAX_PIECES_LISTED) break;
    part.push(member);
    if (typeof member.holding !== "string") pieces += member.swarm.pieceCount;
  }
  return { part, pieces };
}

/** A torrent file to be kept under a name. */
function download(body: Uint8Array<ArrayBuffer>, name: string): Response {
  const more = { "content-disposition": asAttachment(name) };
  return contentResponse({ body, type: "application/x-bittorrent", more });
}
