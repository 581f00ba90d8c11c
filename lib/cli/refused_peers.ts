import { describeFault, formatAddress, type SwarmKeyError } from "../net/mod.ts";
import { MAX_TOLD_STRANGERS } from "./limits.ts";
import type { Output } from "./output.ts";

/** Tells of the peers that do not know the key of a private swarm: of each once, and not of too many. */
export class RefusedPeers {
  readonly #output: Pick<Output, "note" | "detail">;
  readonly #told = new Set<string>();
  /** Whether one that we dialled was told of. */
  #dialled: "none" | "some" = "none";

  /** Makes one that has told of nobody. */
  constructor(output: Pick<Output, "note" | "detail">) {
    this.#output = output;
  }

  /**
   * Tells of a peer by its host, if it dialled us from any port. The first that we dial is no detail:
   * the key may be the wrong one.
   */
  tell({ remote, fault }: SwarmKeyError, direction: "incoming" | "outgoing"): void {
    const peer = direction === "outgoing" ? formatAddress(remote) : remote.host;
    const reason = describeFault(fault);
    const text = `${peer} ${reason}`;
    if (this.#told.has(text) || this.#told.size >= MAX_TOLD_STRANGERS) return;
    this.#told.add(text);
    const isFirst = direction === "outgoing" && this.#dialled === "none";
    if (direction === "outgoing") this.#dialled = "some";
    const report = { type: "peer-refused", peer, direction, reason };
    if (isFirst) this.#output.note(report, text);
    else this.#output.detail(report, text);
  }
}
