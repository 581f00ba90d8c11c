import type { Output } from "./output.ts";

/** Where the runtime puts its own part of OpenTelemetry when that is switched on (`OTEL_DENO=true`). */
const TELEMETRY = Symbol.for("opentelemetry.js.api.1");

/**
 * Tells, where the runtime traces requests, that a trace has the URL of each and with it the token: of what
 * the runtime has written into one nothing can be taken out again.
 */
export function warnOfTraces(
  { token, output }: { token: string | undefined; output: Pick<Output, "warn"> },
): void {
  if (token === undefined || !(TELEMETRY in globalThis)) return;
  output.warn(
    { type: "token-traced", variable: "OTEL_DENO" },
    "Traces of requests by HTTP have the token in their URLs; whoever reads them knows it",
  );
}
