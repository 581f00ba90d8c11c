import { encodeHex } from "../bytes/mod.ts";
import {
  Advertisement,
  browse,
  type BrowseOptions,
  type MulticastTransport,
  type PeerAddress,
  reachableIpv4,
  type Service,
} from "../net/mod.ts";
import { PROTOCOL_VERSION } from "../tracker/client/mod.ts";
import type { Security } from "./cli_trackers.ts";
import { MAX_TOLD_ADDRESSES } from "./limits.ts";

/** The type of the service under which trackers tell of their TCP door (RFC 6763). */
const SERVICE_TYPE = "_sluice._tcp";

/** Bytes of chance in the names of a tracker. */
const NAME_BYTES = 6;

/** Whether a tracker lets in everybody or those with a token. */
export type Admission = "open" | "token";

/** A tracker that told of itself on a network that we are in. */
export interface LocalTracker {
  /** Where its TCP door is. */
  readonly address: PeerAddress;
  /** Whether it asks for a token. */
  readonly admission: Admission;
  /** Whether its TCP door speaks TLS. */
  readonly security: Security;
}

/**
 * Tells everybody on the same networks of a tracker, until it is disposed of.
 *
 * @throws {Error} if the network or the permission is missing
 */
export async function advertiseTracker(
  { address: { host, port }, admission, security }: LocalTracker,
  transport?: MulticastTransport,
): Promise<AsyncDisposable> {
  // Names of chance are free without asking for them.
  const id = encodeHex(crypto.getRandomValues(new Uint8Array(NAME_BYTES)));
  const text = [
    `version=${PROTOCOL_VERSION}`,
    `token=${admission === "token" ? "yes" : "no"}`,
    `tls=${security === "tls" ? "yes" : "no"}`,
  ];
  return await Advertisement.open({
    host,
    service: () => ({
      type: SERVICE_TYPE,
      name: `Sluice tracker ${id}`,
      host: `sluice-${id}`,
      ...{ port, text, addresses: reachableIpv4(host).slice(0, MAX_TOLD_ADDRESSES) },
    }),
    ...(transport !== undefined && { transport }),
  });
}

/**
 * Finds trackers on the same networks that speak our version of the protocol.
 *
 * @throws {Error} if the network or the permission is missing
 */
export async function* browseTrackers(
  options: Omit<BrowseOptions, "type">,
): AsyncGenerator<LocalTracker> {
  for await (const { address, text } of browse({ ...options, type: SERVICE_TYPE })) {
    if (valueOf(text, "version") !== `${PROTOCOL_VERSION}`) continue;
    yield {
      address,
      admission: valueOf(text, "token") === "no" ? "open" : "token",
      security: valueOf(text, "tls") === "yes" ? "tls" : "plain",
    };
  }
}

function valueOf(text: Service["text"], key: string): string | undefined {
  return text.find((entry) => entry.startsWith(`${key}=`))?.slice(key.length + 1);
}
