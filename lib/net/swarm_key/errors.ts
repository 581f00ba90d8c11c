import { formatAddress, type PeerAddress } from "../address.ts";
import { PROOF_TIMEOUT_MS } from "./limits.ts";

/** In what way somebody failed to prove that he knows the key. */
export type ProofFault = "wrong" | "closed" | "silent";

/** The other side did not prove that it knows the swarm's key; nothing was said to it. */
export class SwarmKeyError extends Error {
  /** The name of the class. */
  override name = "SwarmKeyError";

  /** Makes the error of the one at this address. */
  constructor(
    readonly remote: PeerAddress,
    readonly fault: ProofFault,
    options?: ErrorOptions,
  ) {
    super(`Cannot use ${formatAddress(remote)}: it ${describeFault(fault)}`, options);
  }
}

/** What somebody did who did not prove that he knows the key, to be put behind a name. */
export function describeFault(fault: ProofFault): string {
  switch (fault) {
    case "wrong":
      return "does not know this swarm's key";
    case "closed":
      return "closed the connection without a proof that it knows this swarm's key";
    case "silent":
      return `gave no proof in ${PROOF_TIMEOUT_MS / 1000} s that it knows this swarm's key`;
    default:
      return fault satisfies never;
  }
}

/** What arrived is not what the other side sent: it was changed, left out, repeated, moved or cut off. */
export class TamperedStreamError extends Error {
  /** The name of the class. */
  override name = "TamperedStreamError";

  /** Makes the error of a connection with the one at this address. */
  constructor(remote: PeerAddress, fault: string, options?: ErrorOptions) {
    super(`Cannot read from ${formatAddress(remote)}: ${fault}`, options);
  }
}
