import type { DictionaryReader } from "../../bencode/mod.ts";
import { idBytes, type InfoHash } from "../../bytes/mod.ts";
import { readInfoHash } from "./info_hash_field.ts";
import type { Body } from "./message.ts";
import { encodeContact, type PeerContact, readContact } from "./peer_contact.ts";

/** The name of the push that tells of peers. */
export const PEERS_CHANGED = "peers_changed";

/** Peers that came to a swarm and peers that went; not always all of them. */
export interface PeersChanged {
  /** Which swarm. */
  readonly infoHash: InfoHash;
  /** Those that came. */
  readonly joined: readonly PeerContact[];
  /** Those that went. */
  readonly gone: readonly PeerContact[];
}

/** `{gone, info_hash, joined}` */
export function encodePeersChanged(change: PeersChanged): Body {
  return {
    info_hash: idBytes(change.infoHash),
    joined: change.joined.map(encodeContact),
    gone: change.gone.map(encodeContact),
  };
}

/**
 * Reads what {@linkcode encodePeersChanged} wrote.
 *
 * @throws {TypeError} if it is anything else
 */
export function readPeersChanged(reader: DictionaryReader): PeersChanged {
  return {
    infoHash: readInfoHash(reader),
    joined: reader.dictionaries("joined").map(readContact),
    gone: reader.dictionaries("gone").map(readContact),
  };
}
