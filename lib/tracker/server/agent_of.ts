import { idBytes, type PeerId } from "../../bytes/mod.ts";

/** Agents that are remembered: all peers with the same client share one text. */
const MAX_REMEMBERED = 1_024;

const remembered = new Map<string, string>();

/**
 * The client that a peer id names, by its two letters and its version where it has the form that most
 * have (BEP 20): `LT2080`; otherwise `unknown`.
 */
export function agentOf(id: PeerId): string {
  const prefix = id.slice(0, 16);
  const known = remembered.get(prefix);
  if (known !== undefined) return known;
  const text = String.fromCharCode(...idBytes(id).subarray(0, 8));
  const agent = /^-([A-Za-z~]{2}[0-9A-Za-z.]{4})-$/.exec(text)?.[1] ?? "unknown";
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(prefix, agent);
  return agent;
}
