import { jsonResponse } from "../../../web/mod.ts";
import type { ApiSources } from "./api_sources.ts";
import type { Endpoint } from "./endpoint.ts";
import { readInfoHash } from "./read_asked.ts";
import { reached } from "./shown_tracker.ts";
import { announceUrls } from "./tracker_urls.ts";

/** What it takes to begin a stream of events, in entries of a list; with a swarm ten times that. */
const ENTRIES_A_STREAM = 20;

/** What the API tells of the tracker itself, and of what changes. */
export function trackerEndpoints(sources: ApiSources): readonly Endpoint[] {
  const { context, history, hub } = sources;
  return [
    {
      method: "GET",
      path: "/tracker",
      answer: ({ trackerUrl }) =>
        jsonResponse(reached(sources.shown(), announceUrls(trackerUrl, context.doors))),
    },
    { method: "GET", path: "/history", answer: () => jsonResponse(history.shown()) },
    {
      method: "GET",
      path: "/events",
      answer({ visit, query, trackerUrl }) {
        const file = query.get("file");
        sources.charge(visit, file === null ? ENTRIES_A_STREAM : 10 * ENTRIES_A_STREAM);
        return hub.subscribe({
          host: visit.host,
          announceUrls: announceUrls(trackerUrl, context.doors),
          infoHash: file === null ? undefined : readInfoHash(file),
        });
      },
    },
  ];
}
