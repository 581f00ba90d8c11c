import type { Bitfield, PieceIndex } from "../../bytes/mod.ts";
import type { TorrentInfo } from "../../metainfo/mod.ts";
import type { PeerAddress } from "../../net/mod.ts";
import type { FetchedFrom } from "../swarm/mod.ts";

/** A torrent that a peer holds or fetches, as its tracker must see it. */
export interface SwarmMember {
  /** Which torrent. */
  readonly info: TorrentInfo;
  /** The pieces that are held, as they are at any moment. */
  readonly held: Bitfield;
  /** Bytes sent to others. */
  uploaded(): number;
  /** Bytes fetched from others. */
  downloaded(): number;
  /** From whom bytes come now, those that give most first; nothing where that is not known. */
  fetchedFrom?(): readonly FetchedFrom[];
  /** Whether pieces are wanted of others: one who has all that he wants may lack some. */
  appetite(): "pieces" | "nothing";
}

/** A membership in a swarm, until it is left. */
export interface SwarmTicket extends Disposable {
  /** Peers, best sources first, until the swarm is left; one may come again and again. */
  readonly peers: ReadableStream<PeerAddress[]>;
  /**
   * Resolves when others can find us by the tracker and get the torrent file there, when the tracker
   * has refused one of it for good, or when the swarm is left; never rejects.
   */
  readonly announced: Promise<void>;
  /** Says that a piece is held now; many at once become one message. */
  pieceHeld(index: PieceIndex): void;
  /** Leaves the swarm. Can be repeated. */
  leave(): void;
}
