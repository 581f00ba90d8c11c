import type { DictionaryReader } from "../../bencode/mod.ts";
import { idBytes, type InfoHash } from "../../bytes/mod.ts";
import { MAX_PIECES } from "../../metainfo/mod.ts";
import { MAX_LISTED_HASHES, MAX_STATUS_ENTRIES } from "../limits.ts";
import type { HeldPieces, TorrentReport } from "../swarm/torrent_report.ts";
import { decodeFetchedFrom, encodeFetchedFrom } from "./fetched_from.ts";
import { encodeInfoHashes, readInfoHash, readInfoHashes } from "./info_hash_field.ts";
import type { Body } from "./message.ts";
import type { QueryCodec } from "./query_codec.ts";
import { encodeShape, readShape, SHAPE_KEYS } from "./torrent_shape.ts";

/** What changed of what a peer holds. */
export interface UpdateStatusArguments {
  /** The torrents of which there is news. */
  readonly torrents: readonly TorrentReport[];
  /** The torrents that the peer has left. */
  readonly gone: readonly InfoHash[];
}

/** A report that the tracker did not take, and why; the others of the same query it did. */
export interface RefusedReport {
  /** Of which torrent. */
  readonly infoHash: InfoHash;
  /** Why, as a number. */
  readonly code: number;
  /** Why, in words. */
  readonly text: string;
}

/** What the tracker needs to hear next. */
export interface UpdateStatusReply {
  /** Torrents whose metainfo the tracker lacks and wants from this peer. */
  readonly want: readonly InfoHash[];
  /** Torrents of which the tracker needs a report in full. */
  readonly resend: readonly InfoHash[];
  /** Reports that were not taken. */
  readonly refused: readonly RefusedReport[];
}

/**
 * `update_status`: `{gone?, torrents?}` to `{refused?, resend?, want?}`, where a torrent is
 * `{info_hash, name?, length?, piece_length?, complete | bitfield | have, uploaded?, downloaded?, fetched?}`.
 */
export const updateStatusCodec: QueryCodec<UpdateStatusArguments, UpdateStatusReply> = {
  encodeArguments(query) {
    return {
      torrents: query.torrents.length === 0 ? undefined : query.torrents.map(encodeReport),
      gone: encodeInfoHashes(query.gone),
    };
  },
  decodeArguments(reader) {
    const torrents = reader.has("torrents") ? reader.dictionaries("torrents") : [];
    if (torrents.length > MAX_STATUS_ENTRIES) {
      throw new RangeError(
        `Cannot read update_status: it tells of ${torrents.length} torrents, at most ${MAX_STATUS_ENTRIES} fit`,
      );
    }
    return {
      torrents: torrents.map(readReport),
      gone: readInfoHashes(reader, "gone", MAX_STATUS_ENTRIES),
    };
  },
  encodeReply(reply) {
    return {
      want: encodeInfoHashes(reply.want),
      resend: encodeInfoHashes(reply.resend),
      refused: reply.refused.length === 0 ? undefined : reply.refused.map(encodeRefused),
    };
  },
  decodeReply(reader) {
    return {
      want: readInfoHashes(reader, "want", MAX_LISTED_HASHES),
      resend: readInfoHashes(reader, "resend", MAX_LISTED_HASHES),
      refused: reader.has("refused") ? reader.dictionaries("refused").map(readRefused) : [],
    };
  },
};

function encodeReport(report: TorrentReport): Body {
  return {
    info_hash: idBytes(report.infoHash),
    ...(report.shape && encodeShape(report.shape)),
    ...encodeHeld(report.held),
    uploaded: report.uploaded,
    downloaded: report.downloaded,
    fetched: report.fetched && encodeFetchedFrom(report.fetched),
  };
}

function encodeHeld(held: HeldPieces): Body {
  switch (held.kind) {
    case "complete":
      return { complete: 1 };
    case "bitfield":
      return { bitfield: held.bytes };
    case "have":
      return { have: encodePieces(held.pieces) };
  }
}

function readReport(reader: DictionaryReader): TorrentReport {
  return {
    infoHash: readInfoHash(reader),
    shape: SHAPE_KEYS.some((key) => reader.has(key)) ? readShape(reader) : undefined,
    held: readHeld(reader),
    uploaded: reader.optionalInteger("uploaded", { min: 0 }),
    downloaded: reader.optionalInteger("downloaded", { min: 0 }),
    ...(reader.has("fetched") && { fetched: decodeFetchedFrom(reader.bytes("fetched")) }),
  };
}

function readHeld(reader: DictionaryReader): HeldPieces {
  const kinds = ["complete", "bitfield", "have"].filter((key) => reader.has(key));
  if (kinds.length !== 1) {
    throw new TypeError(
      `Cannot read torrent: it has ${kinds.length} of the keys complete, bitfield and have, must have one`,
    );
  }
  if (kinds[0] === "have") return { kind: "have", pieces: decodePieces(reader.bytes("have")) };
  if (kinds[0] === "bitfield") {
    return { kind: "bitfield", bytes: reader.bytes("bitfield", { maxLength: MAX_PIECES / 8 }) };
  }
  reader.integer("complete", { min: 1, max: 1 });
  return { kind: "complete" };
}

/** `<piece index: u32, big-endian>...` */
function encodePieces(pieces: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(pieces.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [at, piece] of pieces.entries()) view.setUint32(at * 4, piece);
  return bytes;
}

function decodePieces(bytes: Uint8Array): number[] {
  if (bytes.length % 4 !== 0) {
    throw new TypeError(
      `Cannot read torrent: have has ${bytes.length} bytes, must have four a piece`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4));
}

function encodeRefused(refused: RefusedReport): Body {
  return { info_hash: idBytes(refused.infoHash), code: refused.code, text: refused.text };
}

function readRefused(reader: DictionaryReader): RefusedReport {
  return {
    infoHash: readInfoHash(reader),
    code: reader.integer("code", { min: 0 }),
    text: reader.text("text"),
  };
}
