import { type ConnectArguments, connectCodec, type ConnectReply } from "./connect.ts";
import {
  type AllPeersReply,
  type GetPeersArguments,
  getPeersCodec,
  type SwarmPeersReply,
} from "./get_peers.ts";
import { type ListFilesArguments, listFilesCodec, type ListFilesReply } from "./list_files.ts";
import { type Nothing, nothingCodec, type QueryCodec } from "./query_codec.ts";
import {
  type GetTorrentArguments,
  getTorrentCodec,
  type GetTorrentReply,
  type PublishArguments,
  publishCodec,
  type PublishReply,
} from "./torrent_files.ts";
import {
  type UpdateStatusArguments,
  updateStatusCodec,
  type UpdateStatusReply,
} from "./update_status.ts";

/** One exchange: what a query is asked with and what it is answered with. */
export interface Exchange<Arguments, Reply> {
  /** What is asked with. */
  readonly arguments: Arguments;
  /** What is answered. */
  readonly reply: Reply;
}

/** The queries of the TCP door, by the name under which they travel. */
export interface Queries {
  /** Says who asks; must come first. */
  readonly connect: Exchange<ConnectArguments, ConnectReply>;
  /** Says what the asker holds. */
  readonly update_status: Exchange<UpdateStatusArguments, UpdateStatusReply>;
  /** Hands in a torrent file. */
  readonly publish: Exchange<PublishArguments, PublishReply>;
  /** Fetches a torrent file. */
  readonly get_torrent: Exchange<GetTorrentArguments, GetTorrentReply>;
  /** Lists torrents. */
  readonly list_files: Exchange<ListFilesArguments, ListFilesReply>;
  /** Lists peers. */
  readonly get_peers: Exchange<GetPeersArguments, SwarmPeersReply | AllPeersReply>;
  /** Shows that the asker is alive; asked by both sides. */
  readonly ping: Exchange<Nothing, Nothing>;
  /** Ends the connection and leaves the asker's entry until it expires. */
  readonly disconnect: Exchange<Nothing, Nothing>;
  /** Removes the asker from all swarms and ends the connection. */
  readonly exit: Exchange<Nothing, Nothing>;
}

/** The name of a query. */
export type QueryName = keyof Queries;

/** What a query is asked with. */
export type ArgumentsOf<Name extends QueryName> = Queries[Name]["arguments"];

/** What a query is answered with. */
export type ReplyOf<Name extends QueryName> = Queries[Name]["reply"];

/** How each query travels. */
export const QUERY_CODECS: {
  readonly [Name in QueryName]: QueryCodec<ArgumentsOf<Name>, ReplyOf<Name>>;
} = {
  connect: connectCodec,
  update_status: updateStatusCodec,
  publish: publishCodec,
  get_torrent: getTorrentCodec,
  list_files: listFilesCodec,
  get_peers: getPeersCodec,
  ping: nothingCodec,
  disconnect: nothingCodec,
  exit: nothingCodec,
};

/** Whether there is a query of this name. */
export function isQueryName(name: string): name is QueryName {
  return Object.hasOwn(QUERY_CODECS, name);
}
