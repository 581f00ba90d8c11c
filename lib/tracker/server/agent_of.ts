import { idBytes, type PeerId } from "../../bytes/mod.ts";
import { MAX_REMEMBERED_AGENTS } from "../limits.ts";

/** The clients that peer ids name. Invariant: all peers with the same client share one text. */
export class AgentNames {
  readonly #remembered = new Map<string, string>();

  /** How many beginnings of peer ids are remembered. */
  get count(): number {
    return this.#remembered.size;
  }

  /**
   * The client that a peer id names, by its two letters and its version where it has the form that most
   * have (BEP 20): `LT2080`; otherwise `unknown`.
   */
  agentOf(id: PeerId): string {
    const prefix = id.slice(0, 16);
    const known = this.#remembered.get(prefix);
    if (known !== undefined) return known;
    const text = String.fromCharCode(...idBytes(id).subarray(0, 8));
    const agent = /^-([A-Za-z~]{2}[0-9A-Za-z.]{4})-$/.exec(text)?.[1] ?? "unknown";
    if (this.#remembered.size >= MAX_REMEMBERED_AGENTS) this.#remembered.clear();
    this.#remembered.set(prefix, agent);
    return agent;
  }
}

const NAMES = new AgentNames();

/** The client that a peer id names, as {@linkcode AgentNames.agentOf} says. */
export function agentOf(id: PeerId): string {
  return NAMES.agentOf(id);
}
