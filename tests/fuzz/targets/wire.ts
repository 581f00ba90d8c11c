import { encodeFrames, FrameDecoder } from "../../../lib/framing/mod.ts";
import { FrameTooLongError, readExactly, TruncatedFrameError } from "../../../lib/framing/mod.ts";
import { MAX_MESSAGE_LENGTH } from "../../../lib/peer/mod.ts";
import {
  decodeConduct,
  decodeDontHave,
  decodeExtendedHandshake,
  decodeGuide,
  decodeHandshake,
  decodeMessage,
  decodeMetadataMessage,
  decodePeerExchange,
  decodePing,
  encodeConduct,
  encodeDontHave,
  encodeExtendedHandshake,
  encodeGuide,
  encodeHandshake,
  encodeMessage,
  encodeMetadataMessage,
  encodePeerExchange,
  encodePing,
  type Message,
  PeerProtocolError,
} from "../../../lib/peer/wire/mod.ts";
import { SAMPLE_BYTES } from "../../peer/wire/sample_messages.ts";
import { bytesOfFrame, bytesOfHex } from "../../peer/wire/wire_bytes.ts";
import { concatBytes, peerIdFromHex } from "../../../lib/bytes/mod.ts";
import { ARIA2_ENCRYPTED_START, ARIA2_VECTORS } from "../../vectors/wire_aria2.ts";
import { LIBTORRENT_VECTORS } from "../../vectors/wire_libtorrent.ts";
import { TRANSMISSION_VECTORS } from "../../vectors/wire_transmission.ts";
import {
  type Attempt,
  cut,
  type FuzzTarget,
  type Kind,
  parserAttempt,
  promise,
  promiseSame,
  refused,
} from "../target.ts";
import { byteStream } from "../byte_stream.ts";

const VECTORS = [...LIBTORRENT_VECTORS, ...ARIA2_VECTORS, ...TRANSMISSION_VECTORS];

/** Streams of frames that others sent, and one with every message. */
export const WIRE_STREAMS: readonly Uint8Array[] = [
  ...VECTORS.map(({ frames }) => concatBytes(frames.map(bytesOfFrame))),
  SAMPLE_BYTES,
];

const EXTENDED = WIRE_STREAMS.flatMap((stream) => new FrameDecoder({ maxLength: 1e6 }).push(stream))
  .map(decodeMessage)
  .filter((message) => message.type === "extended");

/** Who a conductor names. */
const SOMEBODY = peerIdFromHex("5b".repeat(20));

const PEERS = [
  { host: "192.0.2.7", port: 6881, traits: new Set(["reachable"] as const) },
  { host: "2001:db8::7", port: 6881, traits: new Set(["upload-only"] as const) },
];

/** How a stream ends: the messages before that, and the error, if any. */
function readStream(parts: readonly Uint8Array[]): { outcome: string; messages: Message[] } {
  const decoder = new FrameDecoder({ maxLength: MAX_MESSAGE_LENGTH });
  const messages: Message[] = [];
  try {
    for (const part of parts) {
      for (const payload of decoder.push(part)) messages.push(decodeMessage(payload));
    }
    decoder.end();
    return { outcome: "accepted", messages };
  } catch (error) {
    refused(error, PeerProtocolError, FrameTooLongError, TruncatedFrameError);
    return { outcome: String(error), messages };
  }
}

function attemptFrames(bytes: Uint8Array, random: () => number): Attempt {
  const whole = readStream(cut(bytes, "whole", random));
  const written = encodeFrames(whole.messages.map(encodeMessage));
  if (whole.outcome === "accepted") promiseSame(written, bytes, "encoded again");
  // A batch that has an error ends there, so that of the messages before it fewer may be seen whole.
  for (const how of ["bytes", "random"] as const) {
    if (how === "bytes" && bytes.length > 20_000) continue;
    const parts = readStream(cut(bytes, how, random));
    const isSame = (parts.outcome === "accepted") === (whole.outcome === "accepted");
    promise(isSame, `cut it ends so: ${parts.outcome}, whole so: ${whole.outcome}`);
    promise(parts.messages.length >= whole.messages.length, "cut it has fewer messages");
    const same = encodeFrames(parts.messages.slice(0, whole.messages.length).map(encodeMessage));
    promiseSame(same, written, "the messages of the stream that was cut");
  }
  return whole.outcome === "accepted"
    ? { outcome: "accepted", made: whole.messages }
    : { outcome: "refused", made: whole.messages };
}

async function attemptHandshake(bytes: Uint8Array, random: () => number): Promise<Attempt> {
  const outcomes: string[] = [];
  for (const how of ["whole", "bytes", "random"] as const) {
    try {
      const read = await readExactly(byteStream(cut(bytes, how, random)), 68);
      if (read === undefined) outcomes.push("closed");
      else {
        const handshake = decodeHandshake(read);
        const again = encodeHandshake(handshake);
        promiseSame(again.subarray(28), read.subarray(28), "ids");
        outcomes.push(JSON.stringify([handshake, [...handshake.extensions]]));
      }
    } catch (error) {
      refused(error, PeerProtocolError, TruncatedFrameError);
      outcomes.push(String(error));
    }
  }
  promise(new Set(outcomes).size === 1, `cut it ends otherwise: ${outcomes.join(" / ")}`);
  return { outcome: outcomes[0]!.startsWith("[") ? "accepted" : "refused", made: outcomes };
}

/** A codec whose values survive being written and read again. */
function payloadKind<T>(codec: {
  readonly form: Kind["form"];
  readonly corpus: readonly Uint8Array[];
  readonly decode: (payload: Uint8Array) => T;
  readonly encode: (value: T) => Uint8Array;
}): Kind {
  const { form, corpus, decode, encode } = codec;
  return {
    form,
    corpus,
    attempt: (bytes) =>
      parserAttempt(() => decode(bytes), [PeerProtocolError], (value) => {
        if (value === undefined) return;
        const written = encode(value);
        promiseSame(encode(decode(written)), written, "written, read and written");
      }),
  };
}

/** The peer wire: handshakes, frames and messages, and the payloads of all extensions. */
export const WIRE: FuzzTarget = {
  quick: 300,
  kinds: {
    handshake: {
      form: "bytes",
      corpus: [...VECTORS.map(({ handshake }) => handshake), ARIA2_ENCRYPTED_START].map(bytesOfHex),
      attempt: attemptHandshake,
    },
    frames: { form: "frames", corpus: WIRE_STREAMS, attempt: attemptFrames },
    extended: payloadKind({
      form: "bencode",
      corpus: EXTENDED.filter(({ id }) => id === 0).map(({ payload }) => payload),
      decode: decodeExtendedHandshake,
      encode: encodeExtendedHandshake,
    }),
    metadata: payloadKind({
      form: "bencode",
      corpus: [
        encodeMetadataMessage({ type: "request", piece: 3 }),
        encodeMetadataMessage({ type: "reject", piece: 0 }),
        encodeMetadataMessage({
          type: "data",
          piece: 1,
          totalSize: 16_400,
          block: new Uint8Array(16).fill(0x65),
        }),
      ],
      decode: decodeMetadataMessage,
      encode: (message) =>
        message === undefined ? new Uint8Array() : encodeMetadataMessage(message),
    }),
    pex: payloadKind({
      form: "bencode",
      corpus: [
        encodePeerExchange({ added: PEERS, dropped: [] }),
        encodePeerExchange({ added: [], dropped: PEERS }),
      ],
      decode: decodePeerExchange,
      encode: encodePeerExchange,
    }),
    guide: payloadKind({
      form: "bytes",
      corpus: [
        encodeGuide({ choice: "guided", pieces: [1, 2, 3] }),
        encodeGuide({ choice: "free", pieces: [] }),
      ],
      decode: decodeGuide,
      encode: encodeGuide,
    }),
    conduct: payloadKind({
      form: "bytes",
      corpus: [
        encodeConduct({ type: "fetch", peerId: SOMEBODY, pieces: [1, 2, 3] }),
        encodeConduct({ type: "apart", peerId: SOMEBODY }),
        encodeConduct({ type: "free" }),
      ],
      decode: decodeConduct,
      encode: encodeConduct,
    }),
    "dont-have": payloadKind({
      form: "bytes",
      corpus: [encodeDontHave(7)],
      decode: decodeDontHave,
      encode: encodeDontHave,
    }),
    ping: payloadKind({
      form: "bencode",
      corpus: [encodePing({ kind: "ping", nonce: 7 }), encodePing({ kind: "pong", nonce: 0 })],
      decode: decodePing,
      encode: encodePing,
    }),
  },
};
