/** How a peer is run, and how it tells that it has all data. */
export interface PeerCommand {
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** What is in the line that it prints when it has all data, at once or later. */
  readonly whole: RegExp;
}

/** Where a peer is to run, and of what. */
export interface PeerPlace {
  /** The torrent file. */
  readonly torrent: string;
  /** The folder of the data: all of it for a seeder, none of it for a leecher. */
  readonly folder: string;
  /** The address at which it is to listen. */
  readonly host: string;
  /** The port at which it is to listen. */
  readonly port: number;
}

/** The one peer to fetch from: its own address, and a tracker that names nobody else. */
export interface Source {
  /** HOST:PORT of the seeder. */
  readonly peer: string;
  /** For engines that cannot be told of a peer. */
  readonly announceUrl: string;
}

/** What a leecher is started with. */
export interface LeecherPlace extends PeerPlace {
  /** Where to fetch from; nothing if the torrent's own tracker tells. */
  readonly source: Source | undefined;
  /** Whether it goes on serving when it is whole, or ends. */
  readonly whenWhole: "stay" | "leave";
}

/** A client that is measured. */
export interface Engine {
  /** Its name, as the table has it. */
  readonly name: string;
  /** The command of a peer that serves what is there. */
  seed(place: PeerPlace): PeerCommand;
  /** The command of a peer that fetches all. */
  leech(place: LeecherPlace): PeerCommand;
}

/** A port of loopback that is free now, for programs that cannot pick one by themselves. */
export function freePort(): number {
  using probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return probe.addr.port;
}
