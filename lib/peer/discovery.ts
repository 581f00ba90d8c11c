import type { Bitfield, InfoHash, PeerId, PieceIndex } from "../bytes/mod.ts";
import type { TorrentInfo } from "../metainfo/mod.ts";
import type { PeerAddress } from "../net/mod.ts";

/** What a node tells of one of its torrents to those who help to find peers for it. */
export interface SwarmMember {
  /** The torrent. */
  readonly info: TorrentInfo;
  /** The pieces that are held; changes as pieces come. */
  readonly held: Bitfield;
  /** Bytes of blocks sent so far. */
  uploaded(): number;
  /** Bytes of blocks received so far. */
  downloaded(): number;
  /** From whom blocks come now, those that give most first: each with the bytes since it is connected. */
  fetchedFrom?(): readonly { readonly peerId: PeerId; readonly bytes: number }[];
  /** Whether pieces are wanted of others: one who has all that he wants may lack some. */
  appetite(): "pieces" | "nothing";
}

/** A membership in a swarm; disposing of it leaves the swarm. */
export interface SwarmTicket extends Disposable {
  /** Addresses of peers as they become known, best sources first; ends when the swarm is left. */
  readonly peers: ReadableStream<PeerAddress[]>;
  /** Resolves when others can find us by this means, or when the swarm is left; never rejects. */
  readonly announced: Promise<void>;
  /** States that one more piece is held; may be told on in batches. */
  pieceHeld(index: PieceIndex): void;
}

/** A way to find peers: a tracker's client, for instance. */
export interface Discovery {
  /** Announces a torrent and begins to look for its peers; tries again by itself when it fails. */
  join(member: SwarmMember): SwarmTicket;

  /**
   * Looks for peers of a torrent of which only the info-hash is known; absent where that is too
   * little.
   */
  seek?(infoHash: InfoHash): SwarmTicket;
}
