import type { DictionaryReader } from "../../bencode/mod.ts";
import { idBytes, type PeerId, peerIdFromBytes } from "../../bytes/mod.ts";
import type { Body } from "./message.ts";

const MAX_HOST_BYTES = 253;

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

/** Reads what {@linkcode encodeContact} wrote. */
export function readContact(reader: DictionaryReader): PeerContact {
  return {
    id: peerIdFromBytes(reader.bytes("id", { length: 20 })),
    host: reader.text("ip", { maxBytes: MAX_HOST_BYTES }),
    port: reader.integer("port", { min: 1, max: 65535 }),
  };
}
