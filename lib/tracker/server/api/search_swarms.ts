import { MAX_NAME_BYTES } from "../../../metainfo/mod.ts";
import { MAX_SWARMS_SEARCHED } from "../../api_limits.ts";
import type { SwarmRegistry } from "../../swarm/mod.ts";
import { isNamed, type NamedSwarm } from "../entries.ts";

/** What a search has found. */
export interface Found {
  readonly swarms: readonly NamedSwarm[];
  /** Whether all torrents were looked at; if not, there may be more. */
  readonly searchedAll: boolean;
}

/**
 * Finds the torrents whose name has a text in it, in either case, or whose info-hash begins with it, in
 * the order in which they became known. The first 50,000 swarms are looked at; behind them only what has
 * exactly that name is found, and comes last.
 */
export function searchSwarms(text: string, registry: SwarmRegistry): Found {
  const wanted = text.toLowerCase();
  const found = new Set<NamedSwarm>();
  const searchedAll = registry.swarms.size <= MAX_SWARMS_SEARCHED;
  if (text.length > MAX_NAME_BYTES) return { swarms: [], searchedAll: true };
  let left = MAX_SWARMS_SEARCHED;
  for (const swarm of registry.swarms.values()) {
    if (left-- === 0) break;
    if (!isNamed(swarm)) continue;
    const isMeant = swarm.torrent.shape.name.toLowerCase().includes(wanted) ||
      swarm.infoHash.startsWith(wanted);
    if (isMeant) found.add(swarm);
  }
  if (!searchedAll) {
    for (const swarm of registry.swarmsNamed(text)) if (isNamed(swarm)) found.add(swarm);
  }
  return { swarms: [...found], searchedAll };
}
