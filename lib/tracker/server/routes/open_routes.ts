import type { LocalAddresses } from "../../../net/mod.ts";
import { PageGuard } from "../../../web/mod.ts";
import { ApiRoute } from "../api/api_route.ts";
import type { TrackerContext } from "../context.ts";
import type { HttpClients } from "../http_clients.ts";
import type { HttpDoorOptions } from "../http_door.ts";
import type { DashboardOptions } from "./dashboard_options.ts";
import { PageRoute } from "./page_route.ts";
import type { Route } from "./route.ts";
import { healthRoutes } from "./health_routes.ts";
import { metricsRoute } from "./metrics_route.ts";
import { Routes } from "./routes.ts";

/** What stands behind the routes of a door. */
export interface RoutesSources {
  /** What the tracker knows. */
  readonly context: TrackerContext;
  /** Tells where those are who ask. */
  readonly clients: HttpClients;
  /** The addresses of this machine; those that the system tells by default. */
  readonly locals?: LocalAddresses | undefined;
}

const FOR_THIS_MACHINE: DashboardOptions = { audience: "this machine" };

/** Makes what the HTTP door has besides announces and scrapes. */
export function openRoutes(
  options: Pick<HttpDoorOptions, "dashboard" | "metrics" | "tls" | "uploads">,
  { context, clients, locals }: RoutesSources,
): Routes {
  const { dashboard = FOR_THIS_MACHINE, metrics } = options;
  const startedAtMs = Date.now();
  const proxy = clients.toldBy === "connection" ? "none" : "believed";
  const routes: Route[] = [
    ...healthRoutes(context.readiness),
    metricsRoute(context, { ...metrics, proxy, startedAtMs }),
  ];
  if (dashboard !== "none") {
    const guard = new PageGuard({
      ...dashboard,
      proxy,
      wayOut: "--public-dashboard opens the dashboard and its API to everybody; " +
        "--behind-proxy believes a proxy who asks",
    });
    const { version = "unknown" } = dashboard;
    const { uploads } = options;
    const scheme = schemeOf(options, clients);
    const { toldBy } = clients;
    routes.push(
      new ApiRoute({ context, guard, version, uploads, toldBy, startedAtMs, scheme, locals }),
    );
    routes.push(new PageRoute(guard));
  }
  return new Routes({ context, clients, routes });
}

/** By which scheme a visitor asks; what a proxy before us speaks is told by it. */
function schemeOf(
  { tls }: Pick<HttpDoorOptions, "tls">,
  { toldBy }: HttpClients,
): (request: Request) => "http" | "https" {
  return ({ headers }) => {
    if (tls !== undefined) return "https";
    const told = toldBy === "connection" ? null : headers.get("x-forwarded-proto");
    return told === "https" ? "https" : "http";
  };
}
