/**
 * The tracker itself: its doors over the registry of swarms.
 *
 * @module
 */
export * from "./context.ts";
export * from "./door.ts";
export { type HttpDoorOptions } from "./http_door.ts";
export { type DashboardOptions } from "./routes/dashboard_options.ts";
export * from "./readiness.ts";
export type { MetricsOptions } from "./routes/metrics_route.ts";
export * from "./serve_tracker.ts";
export * from "./sessions.ts";
export * from "./statistics.ts";
export * from "./tracker_event.ts";
export * from "./tracker_server.ts";
export * from "./uploads.ts";
export { type ClientAddress } from "./visitors.ts";
