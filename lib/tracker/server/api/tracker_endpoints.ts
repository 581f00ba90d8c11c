import { jsonResponse } from "../../../web/mod.ts";
import type { ApiSources } from "./api_sources.ts";
import type { Endpoint } from "./endpoint.ts";
import { readInfoHash } from "./read_asked.ts";
import { announceUrls } from "./tracker_urls.ts";

/** What the API tells of the tracker itself, and of what changes. */
export function trackerEndpoints(sources: ApiSources): readonly Endpoint[] {
  const { context, history, hub } = sources;
  return [
    { method: "GET", path: "/tracker", answer: () => jsonResponse(sources.shown()) },
    { method: "GET", path: "/history", answer: () => jsonResponse(history.shown()) },
    {
      method: "GET",
      path: "/events",
      answer({ visit, query, trackerUrl }) {
        const file = query.get("file");
        return hub.subscribe({
          host: visit.host,
          announceUrls: announceUrls(trackerUrl, context.doors),
          infoHash: file === null ? undefined : readInfoHash(file),
        });
      },
    },
  ];
}
