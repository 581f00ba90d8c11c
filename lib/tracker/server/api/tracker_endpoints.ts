import { jsonResponse } from "../../../web/mod.ts";
import { TOTALS_MS } from "../../limits.ts";
import type { ApiOptions } from "./api_route.ts";
import type { Endpoint } from "./endpoint.ts";
import { type ShownTracker, type Totals, totalsOf } from "./shown_tracker.ts";

/** What the API tells of the tracker itself. */
export function trackerEndpoints({ context, version }: ApiOptions): readonly Endpoint[] {
  const startedAtMs = Date.now();
  let kept: { readonly totals: Totals; readonly atMs: number } | undefined;

  /** The totals, which are counted once a second however many ask. */
  function totals(): Totals {
    const nowMs = context.clock.now();
    if (kept === undefined || nowMs - kept.atMs >= TOTALS_MS) {
      kept = { totals: totalsOf(context), atMs: nowMs };
    }
    return kept.totals;
  }

  function shown(): ShownTracker {
    return {
      ...{ client: "Sluice", version, startedAtMs, doors: context.doors },
      uploads: { enabled: false, maxBytes: 0 },
      totals: totals(),
    };
  }

  return [{ method: "GET", path: "/tracker", answer: () => jsonResponse(shown()) }];
}
