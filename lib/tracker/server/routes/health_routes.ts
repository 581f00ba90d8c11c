import { methodRefused, textResponse } from "../../../web/mod.ts";
import type { Readiness } from "../readiness.ts";
import type { Route } from "./route.ts";

/**
 * `/health` and `/ready`, for who watches over the process: the first answers as long as anything does, the
 * second says 503 and why while nobody should be sent here.
 */
export function healthRoutes(readiness: Pick<Readiness, "obstacle">): Route[] {
  return [probe("/health", () => undefined), probe("/ready", () => readiness.obstacle)];
}

function probe(path: string, obstacle: () => string | undefined): Route {
  return {
    admission: "anybody",
    answer({ request, path: asked }) {
      if (asked !== path) return undefined;
      if (request.method !== "GET" && request.method !== "HEAD") {
        return methodRefused("GET", "HEAD");
      }
      const reason = obstacle();
      return reason === undefined ? textResponse(200, "ok\n") : textResponse(503, `${reason}\n`);
    },
  };
}
