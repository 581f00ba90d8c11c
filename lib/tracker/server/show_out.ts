import type { Connection } from "../../net/mod.ts";
import type { TrackerContext } from "./context.ts";

/**
 * Sees to it that nobody is known or connected any more whom the lists of addresses do not let in. To
 * be called when they have changed.
 */
export function showOut(connections: Iterable<Connection>, context: TrackerContext): void {
  const { addresses, sessions, registry, clock } = context;
  sessions.showOut(({ host }) => !addresses.admits(host), clock.now());
  // Those who have not said who they are.
  for (const connection of connections) {
    if (!addresses.admits(connection.remote.host)) connection.close();
  }
  // Those who announced themselves by another door, or are kept for a while.
  for (const peer of [...registry.peers.values()]) {
    if (!addresses.admits(peer.host)) registry.remove(peer);
  }
}
