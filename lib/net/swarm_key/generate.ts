import { createSwarmKey, SWARM_KEY_LENGTH, type SwarmKey } from "./swarm_key.ts";

/** A new key of a private swarm, which nobody else has. */
export function generateSwarmKey(): SwarmKey {
  return createSwarmKey(crypto.getRandomValues(new Uint8Array(SWARM_KEY_LENGTH)));
}
