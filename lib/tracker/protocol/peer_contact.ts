import type { DictionaryReader } from "../../bencode/mod.ts";
import { idBytes, type PeerId, peerIdFromBytes } from "../../bytes/mod.ts";
import { quoteText } from "../../metainfo/mod.ts";
import { foldMapped, isIpv4, isIpv6 } from "../../net/mod.ts";
import type { Body } from "./message.ts";
import { MAX_HOST_BYTES } from "../limits.ts";

/** Where a peer is reached, and how it names itself there. */
export interface PeerContact {
  /** Its name on the peer wire. */
  readonly id: PeerId;
  /** Its IP address, without brackets. */
  readonly host: string;
  /** The port at which it listens. */
  readonly port: number;
}

/** `{id, ip, port}` */
export function encodeContact(contact: PeerContact): Body {
  return { id: idBytes(contact.id), ip: contact.host, port: contact.port };
}

/**
 * Reads what {@linkcode encodeContact} wrote.
 *
 * @throws {TypeError} if it is anything else, as where the host is a name that would be looked up
 */
export function readContact(reader: DictionaryReader): PeerContact {
  const host = reader.text("ip", { maxBytes: MAX_HOST_BYTES });
  if (!isIpv4(host) && !isIpv6(host)) {
    throw new TypeError(`Cannot read peer: ip is ${quoteText(host)}, must be an IP address`);
  }
  return {
    id: peerIdFromBytes(reader.bytes("id", { length: 20 })),
    host: foldMapped(host),
    port: reader.integer("port", { min: 1, max: 65535 }),
  };
}
