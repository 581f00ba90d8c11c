import type { TrackerContext } from "../context.ts";
import type { HttpClients } from "../http_clients.ts";
import { Routes } from "./routes.ts";

/** Makes what the HTTP door has besides announces and scrapes. */
export function openRoutes(context: TrackerContext, clients: HttpClients): Routes {
  return new Routes({ context, clients, routes: [] });
}
