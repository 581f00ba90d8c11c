import { encodeTorrent, MAX_NAME_BYTES, parseTorrent } from "../../../metainfo/mod.ts";
import { encodeCells, jsonResponse } from "../../../web/mod.ts";
import { availabilityCells } from "./availability_cells.ts";
import type { Swarm } from "../../swarm/mod.ts";
import type { TrackerContext } from "../context.ts";
import { isNamed, type NamedSwarm } from "../entries.ts";
import type { ApiSources } from "./api_sources.ts";
import { ApiError, type Asked, type Endpoint, unknownFile } from "./endpoint.ts";
import { partOf, readInfoHash, readRange } from "./read_asked.ts";
import { linkFile, type ShownFile, shownFile } from "./shown_file.ts";
import { shownPeer } from "./shown_peer.ts";
import { announceUrls } from "./tracker_urls.ts";

/** What the API tells of torrents and their swarms. */
export function fileEndpoints({ context, flows, hub }: ApiSources): readonly Endpoint[] {
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
      answer({ query, trackerUrl }) {
        const range = readRange(query);
        const { total, part } = partOf(named(swarmsAsked(query, context)), range);
        const urls = announceUrls(trackerUrl, context.doors);
        const files = part.map((swarm) => linkFile(shownNow(swarm), urls));
        return jsonResponse({ total, offset: range.offset, files });
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
        const { total, part } = partOf(swarmOf(asked).members, range);
        const peers = part.map((member) => shownPeer(member, hub.watchedOf(member), sessions));
        return jsonResponse({ total, offset: range.offset, peers });
      },
    },
    {
      method: "GET",
      path: "/files/{infoHash}/availability",
      answer(asked) {
        const swarm = swarmOf(asked);
        return jsonResponse({
          cells: encodeCells(availabilityCells(swarm)),
          seeders: swarm.seeders,
        });
      },
    },
  ];
}

/** All swarms, or those whose torrent has the name that is asked for. */
function swarmsAsked(query: URLSearchParams, { registry }: TrackerContext): Iterable<Swarm> {
  const name = query.get("name");
  if (name === null || name === "") return registry.swarms.values();
  return name.length > MAX_NAME_BYTES ? [] : registry.swarmsNamed(name);
}

function* named(swarms: Iterable<Swarm>): Generator<NamedSwarm> {
  for (const swarm of swarms) if (isNamed(swarm)) yield swarm;
}

/** A torrent file to be kept under a name (RFC 6266), which may have any characters. */
function download(bytes: Uint8Array<ArrayBuffer>, name: string): Response {
  const plain = name.replace(/[^A-Za-z0-9._-]/g, "_");
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  return new Response(bytes, {
    headers: {
      "cache-control": "no-store",
      "content-disposition": `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`,
      "content-type": "application/x-bittorrent",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
    },
  });
}
