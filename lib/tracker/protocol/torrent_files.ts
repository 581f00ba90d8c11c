import { idBytes, type InfoHash } from "../../bytes/mod.ts";
import { MAX_NAME_BYTES, MAX_TORRENT_BYTES } from "../../metainfo/mod.ts";
import { MAX_PART_LENGTH } from "../limits.ts";
import { readInfoHash, readOptionalInfoHash } from "./info_hash_field.ts";
import type { QueryCodec } from "./query_codec.ts";

/** A part of a torrent file that is handed in; the parts come in order, from the first byte on. */
export interface PublishArguments {
  /** The info-hash that the torrent file must turn out to have. */
  readonly infoHash: InfoHash;
  /** Bytes of the whole torrent file. */
  readonly total: number;
  /** Where in the torrent file the part begins. */
  readonly offset: number;
  /** The part. */
  readonly data: Uint8Array;
}

/** How far a torrent file has been handed in. */
export interface PublishReply {
  /** Where the next part begins; the whole length once the torrent is published, by whomever. */
  readonly next: number;
}

/** `publish`: `{data, info_hash, offset, total}` to `{next}`. */
export const publishCodec: QueryCodec<PublishArguments, PublishReply> = {
  encodeArguments(query) {
    return {
      info_hash: idBytes(query.infoHash),
      total: query.total,
      offset: query.offset,
      data: query.data,
    };
  },
  decodeArguments(reader) {
    const total = reader.integer("total", { min: 1, max: MAX_TORRENT_BYTES });
    const offset = reader.integer("offset", { min: 0, max: total });
    return {
      infoHash: readInfoHash(reader),
      total,
      offset,
      data: reader.bytes("data", { maxLength: Math.min(MAX_PART_LENGTH, total - offset) }),
    };
  },
  encodeReply: (reply) => ({ next: reply.next }),
  decodeReply: (reader) => ({ next: reader.integer("next", { min: 0, max: MAX_TORRENT_BYTES }) }),
};

/** Which torrent is meant: the one of an info-hash, or the only one of a name. */
export type TorrentKey = { readonly infoHash: InfoHash } | { readonly name: string };

/** Which part of which torrent file is asked for. */
export type GetTorrentArguments = TorrentKey & {
  /** Where in the torrent file the part begins. */
  readonly offset: number;
};

/** A part of a torrent file. */
export interface GetTorrentReply {
  /** The torrent's info-hash. */
  readonly infoHash: InfoHash;
  /** The torrent's name. */
  readonly name: string;
  /** Bytes of the whole torrent file. */
  readonly total: number;
  /** Where in the torrent file the part begins. */
  readonly offset: number;
  /** The part, which is empty only at the end of the file. */
  readonly data: Uint8Array;
}

/** `get_torrent`: `{info_hash | name, offset}` to `{data, info_hash, name, offset, total}`. */
export const getTorrentCodec: QueryCodec<GetTorrentArguments, GetTorrentReply> = {
  encodeArguments(query) {
    return "name" in query
      ? { name: query.name, offset: query.offset }
      : { info_hash: idBytes(query.infoHash), offset: query.offset };
  },
  decodeArguments(reader) {
    const offset = reader.integer("offset", { min: 0, max: MAX_TORRENT_BYTES });
    const infoHash = readOptionalInfoHash(reader);
    return infoHash === undefined
      ? { name: reader.text("name", { maxBytes: MAX_NAME_BYTES }), offset }
      : { infoHash, offset };
  },
  encodeReply(reply) {
    return {
      info_hash: idBytes(reply.infoHash),
      name: reply.name,
      total: reply.total,
      offset: reply.offset,
      data: reply.data,
    };
  },
  decodeReply(reader) {
    return {
      infoHash: readInfoHash(reader),
      name: reader.text("name", { maxBytes: MAX_NAME_BYTES }),
      total: reader.integer("total", { min: 1, max: MAX_TORRENT_BYTES }),
      offset: reader.integer("offset", { min: 0, max: MAX_TORRENT_BYTES }),
      data: reader.bytes("data", { maxLength: MAX_PART_LENGTH }),
    };
  },
};
