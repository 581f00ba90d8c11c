/** One frame that another program sent. */
export interface WireFrame {
  /** Its bytes, length prefix included. */
  readonly hex: string;
  /** How many times the letter A follows: the block of a piece. */
  readonly letters?: number;
  /** What it says, as a second decoder (in Python) read it: type, then the fields in their order. */
  readonly means: readonly (string | number)[];
}

/** What another program sent on one connection. The torrent was 40,000 times the letter A. */
export interface WireVector {
  /** The program, and what it did. */
  readonly sender: string;
  /** Its handshake. */
  readonly handshake: string;
  /** The info-hash in the handshake. */
  readonly infoHash: string;
  /** The peer id in the handshake. */
  readonly peerId: string;
  /** All its messages, in order. */
  readonly frames: readonly WireFrame[];
  /** What its extended handshake says, as libtorrent's bdecode read it. */
  readonly extended: {
    readonly extensions: Readonly<Record<string, number>>;
    readonly client?: string;
    readonly port?: number;
    readonly maxRequests?: number;
    readonly metadataSize?: number;
    readonly appetite?: "pieces" | "nothing";
    readonly yourHost?: string;
  };
}
