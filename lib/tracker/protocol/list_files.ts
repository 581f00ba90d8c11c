import type { DictionaryReader } from "../../bencode/mod.ts";
import { idBytes, type InfoHash } from "../../bytes/mod.ts";
import { MAX_NAME_BYTES } from "../../metainfo/mod.ts";
import type { TorrentShape } from "../swarm/torrent_report.ts";
import { readInfoHash } from "./info_hash_field.ts";
import type { Body } from "./message.ts";
import { type Page, type PageRange, readPage, readPageRange } from "./page.ts";
import type { QueryCodec } from "./query_codec.ts";
import { encodeShape, readShape } from "./torrent_shape.ts";

/** Which torrents to list. */
export interface ListFilesArguments extends PageRange {
  /** Only those of this name. */
  readonly name?: string | undefined;
}

/** A torrent of the catalogue. */
export interface CatalogueEntry extends TorrentShape {
  /** Its info-hash. */
  readonly infoHash: InfoHash;
  /** Its pieces. */
  readonly pieces: number;
  /** Peers that hold all of it. */
  readonly seeders: number;
  /** Peers that hold less. */
  readonly leechers: number;
  /**
   * Copies that its peers hold together, in thousandths: the whole copies, and of the next one the
   * share of pieces that are there.
   */
  readonly availability: number;
  /** How often a peer has come to hold all of it. */
  readonly completions: number;
  /**
   * `"published"` once its metainfo is there and the rest of the entry is verified by it; before that
   * the entry is what its first holder claims.
   */
  readonly state: "published" | "claimed";
}

/** A page of the catalogue. */
export interface ListFilesReply extends Page {
  /** The torrents, in the order in which they became known. */
  readonly files: readonly CatalogueEntry[];
}

/** `list_files`: `{limit?, name?, offset?}` to `{files, offset, total}`. */
export const listFilesCodec: QueryCodec<ListFilesArguments, ListFilesReply> = {
  encodeArguments: (query) => ({ offset: query.offset, limit: query.limit, name: query.name }),
  decodeArguments(reader) {
    return {
      ...readPageRange(reader),
      name: reader.optionalText("name", { maxBytes: MAX_NAME_BYTES }),
    };
  },
  encodeReply(reply) {
    return { total: reply.total, offset: reply.offset, files: reply.files.map(encodeEntry) };
  },
  decodeReply(reader) {
    return { ...readPage(reader), files: reader.dictionaries("files").map(readEntry) };
  },
};

function encodeEntry(entry: CatalogueEntry): Body {
  return {
    info_hash: idBytes(entry.infoHash),
    ...encodeShape(entry),
    pieces: entry.pieces,
    seeders: entry.seeders,
    leechers: entry.leechers,
    availability: entry.availability,
    completions: entry.completions > 0 ? entry.completions : undefined,
    published: entry.state === "published" ? 1 : 0,
  };
}

function readEntry(reader: DictionaryReader): CatalogueEntry {
  return {
    infoHash: readInfoHash(reader),
    ...readShape(reader),
    pieces: reader.integer("pieces", { min: 0 }),
    seeders: reader.integer("seeders", { min: 0 }),
    leechers: reader.integer("leechers", { min: 0 }),
    availability: reader.integer("availability", { min: 0 }),
    completions: reader.optionalInteger("completions", { min: 0 }) ?? 0,
    state: reader.integer("published", { min: 0, max: 1 }) === 1 ? "published" : "claimed",
  };
}
