/** What an operator may set; each is checked before anything is kept. */
export interface TrackerLimits {
  /** Connections at once. */
  readonly connections: number;
  /**
   * Connections at once from one address; loopback is not counted. An IPv6 network of 64 bits has the
   * share of four addresses, here and wherever connections and peers are counted.
   */
  readonly connectionsPerAddress: number;
  /** Connections a second that one address may begin in the long run; loopback is not counted. */
  readonly connectsPerSecond: number;
  /** Connections that one address may begin at once after a rest. */
  readonly connectBurst: number;
  /**
   * Announces and scrapes by HTTP and UDP a second that one address may keep up; loopback is not
   * counted. All addresses of an IPv6 network of 64 bits are one, here and wherever rates are counted.
   */
  readonly announcesPerSecond: number;
  /** Announces and scrapes that one address may send at once after a rest. */
  readonly announceBurst: number;
  /** Different wrong tokens a minute that one address may show; loopback is not counted. */
  readonly tokenFailuresPerMinute: number;
  /** Different wrong tokens that one address may show at once before it is shut out for a while. */
  readonly tokenFailureBurst: number;
  /** Addresses whose rates are known; of more, the oldest begin anew. */
  readonly countedAddresses: number;
  /** Queries a second that one connection may keep up; faster ones wait. */
  readonly queriesPerSecond: number;
  /** Queries that one connection may send at once after a rest. */
  readonly queryBurst: number;
  /** Bytes that may wait for one reader before it is given up. */
  readonly outgoingBytes: number;
  /** Peers known, connected or not. */
  readonly peers: number;
  /** Peers of one address, connected or not; loopback is not counted. */
  readonly peersPerAddress: number;
  /** Torrents known. */
  readonly torrents: number;
  /** Torrents of one peer. */
  readonly torrentsPerPeer: number;
  /** Peers of one torrent. */
  readonly peersPerTorrent: number;
  /** Peers of one torrent at one address; loopback is not counted. */
  readonly peersPerTorrentAndAddress: number;
  /** Pieces in all bitfields of one peer. */
  readonly piecesPerPeer: number;
  /** Bytes of all bitfields and piece counters. */
  readonly pieceMapBytes: number;
  /** Bytes of all torrent files. */
  readonly torrentFileBytes: number;
  /** Bytes of all torrent files that are being handed in. */
  readonly partialFileBytes: number;
}

/** The limits of a tracker that is told nothing else. */
export const DEFAULT_LIMITS: TrackerLimits = {
  connections: 8192,
  connectionsPerAddress: 256,
  connectsPerSecond: 20,
  connectBurst: 512,
  announcesPerSecond: 100,
  announceBurst: 2000,
  tokenFailuresPerMinute: 6,
  tokenFailureBurst: 20,
  countedAddresses: 65_536,
  queriesPerSecond: 50,
  queryBurst: 200,
  outgoingBytes: 4 * 1024 * 1024,
  peers: 250_000,
  peersPerAddress: 512,
  torrents: 100_000,
  torrentsPerPeer: 1000,
  peersPerTorrent: 2000,
  peersPerTorrentAndAddress: 256,
  piecesPerPeer: 2 ** 23,
  pieceMapBytes: 256 * 1024 * 1024,
  torrentFileBytes: 256 * 1024 * 1024,
  partialFileBytes: 64 * 1024 * 1024,
};
