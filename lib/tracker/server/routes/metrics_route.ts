import { contentResponse, type GuardOptions, methodRefused, PageGuard } from "../../../web/mod.ts";
import type { TrackerContext } from "../context.ts";
import { type ProcessFacts, processFamilies } from "../metrics/process_families.ts";
import { trackerFamilies } from "../metrics/tracker_families.ts";
import { writeMetrics } from "../metrics/write_metrics.ts";
import type { DashboardOptions } from "./dashboard_options.ts";
import type { Route } from "./route.ts";

/** Whom the metrics of a tracker are for; this machine alone by default. */
export type MetricsOptions = Partial<DashboardOptions>;

/** `/metrics`, in the text format of Prometheus. */
export function metricsRoute(
  context: TrackerContext,
  options: MetricsOptions & Pick<GuardOptions, "proxy"> & Partial<ProcessFacts> = {},
): Route {
  const {
    audience = "this machine",
    names = [],
    proxy = "none",
    version,
    startedAtMs = Date.now(),
  } = options;
  const guard = new PageGuard({
    ...{ audience, names, proxy },
    wayOut: "A tracker that was started with --public-metrics has them for everybody, " +
      "and one with --behind-proxy believes a proxy who asks",
  });
  async function answer(): Promise<Response> {
    const { contentType, text } = await writeMetrics([
      ...trackerFamilies(context),
      ...processFamilies({ version, startedAtMs }),
    ]);
    return contentResponse({ body: text, type: contentType });
  }
  return {
    admission: "token",
    answer({ request, path, host }) {
      if (path !== "/metrics") return undefined;
      const refusal = guard.refusal(request, host);
      if (refusal !== undefined) return refusal;
      return request.method === "GET" ? answer() : methodRefused("GET");
    },
  };
}
