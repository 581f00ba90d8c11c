import type { PeerId } from "../bytes/mod.ts";
import { ADDRESS_SHARES_A_NETWORK, isLoopback, networkOf } from "../net/mod.ts";
import { MAX_CONNECTIONS_PER_ADDRESS } from "./limits.ts";
import type { PeerLink } from "./link.ts";
import type { GreetedConnection } from "./open_session.ts";
import { chooseLink, peerPriority } from "./policy/mod.ts";

/** Whether a torrent takes a connection over, and in whose place; or why not. */
export type Admission =
  | { readonly type: "admitted"; readonly inPlaceOf: PeerLink | undefined }
  | { readonly type: "refused"; readonly reason: Refusal };

/** Why a connection is not taken over. */
export type Refusal = "ourselves" | "banned" | "no room" | "connected already";

/** What {@linkcode admit} looks at. */
export interface AdmissionOptions {
  /** Our name on the wire. */
  readonly ours: PeerId;
  /** The connected peers. */
  readonly links: readonly PeerLink[];
  /** Whether a peer is shut out. */
  readonly isBanned: (host: string, peerId: PeerId) => boolean;
  /** How many more connections there may be. */
  readonly room: number;
}

/**
 * Decides whether a torrent takes a connection over. Of two connections to the same peer one is
 * closed; the same id from another address is another peer: ids are no secret. Where there is no
 * room, a connection of higher priority takes the place of the one of the lowest (BEP 40).
 */
export function admit(greeted: GreetedConnection, options: AdmissionOptions): Admission {
  const { theirs: { peerId }, direction, connection: { remote: { host } } } = greeted;
  const { ours, links } = options;
  if (peerId === ours) return { type: "refused", reason: "ourselves" };
  if (options.isBanned(host, peerId)) return { type: "refused", reason: "banned" };
  if (isCrowded(host, links)) return { type: "refused", reason: "no room" };
  const other = links.find(({ session }) =>
    session.peerId === peerId && session.remote.host === host
  );
  if (other === undefined) {
    if (options.room > 0) return { type: "admitted", inPlaceOf: undefined };
    const least = leastOf(links, greeted);
    return least === undefined
      ? { type: "refused", reason: "no room" }
      : { type: "admitted", inPlaceOf: least };
  }
  const winner = chooseLink({ ours, theirs: peerId, old: other.session, direction });
  return winner === "old"
    ? { type: "refused", reason: "connected already" }
    : { type: "admitted", inPlaceOf: other };
}

/** Whether an address, or the IPv6 network that it is of, has all the connections that it may have. */
function isCrowded(host: string, links: readonly PeerLink[]): boolean {
  if (isLoopback(host)) return false;
  const network = networkOf(host);
  const near = links.filter(({ session }) => networkOf(session.remote.host) === network);
  const same = near.filter(({ session }) => session.remote.host === host);
  return same.length >= MAX_CONNECTIONS_PER_ADDRESS ||
    near.length >= MAX_CONNECTIONS_PER_ADDRESS * ADDRESS_SHARES_A_NETWORK;
}

/** The link of the lowest priority, if that of the new connection is higher. */
function leastOf(links: readonly PeerLink[], greeted: GreetedConnection): PeerLink | undefined {
  let lowest = peerPriority(greeted.connection.local, greeted.connection.remote);
  let least: PeerLink | undefined;
  for (const link of links) {
    const priority = peerPriority(link.session.local, link.session.remote);
    if (priority < lowest) [lowest, least] = [priority, link];
  }
  return least;
}
