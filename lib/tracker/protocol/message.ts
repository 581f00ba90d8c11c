import {
  BencodeError,
  BencodeShapeError,
  decode,
  DictionaryReader,
  type Encodable,
  encode,
} from "../../bencode/mod.ts";
import { MAX_FRAME_LENGTH, MAX_MESSAGE_DEPTH, MAX_MESSAGE_VALUES } from "../limits.ts";

/** The members of a dictionary that is to be encoded; those that are `undefined` are left out. */
export type Body = { readonly [key: string]: Encodable | undefined };

/** Something is asked: `{t, q, a}`. The answer bears the same transaction number. */
export interface QueryMessage<Content> {
  /** Tells this kind of message from the others. */
  readonly type: "query";
  /** Chosen by the asker, 0 to 2^32 - 1, and not in use by another query of its that waits. */
  readonly transaction: number;
  /** What is asked. */
  readonly name: string;
  /** What it is asked with. */
  readonly content: Content;
}

/** Something is told that needs no answer: `{q, a}`. */
export interface PushMessage<Content> {
  /** Tells this kind of message from the others. */
  readonly type: "push";
  /** What is told of. */
  readonly name: string;
  /** What is told. */
  readonly content: Content;
}

/** The answer to a query: `{t, r}`. */
export interface ReplyMessage<Content> {
  /** Tells this kind of message from the others. */
  readonly type: "reply";
  /** The transaction of the query. */
  readonly transaction: number;
  /** The answer. */
  readonly content: Content;
}

/** The refusal of a query, or of the whole connection if no transaction is given: `{t, e}`. */
export interface ErrorMessage {
  /** Tells this kind of message from the others. */
  readonly type: "error";
  /** The transaction of the query that is refused. */
  readonly transaction?: number | undefined;
  /** Why, as a number: one of `REFUSAL`. */
  readonly code: number;
  /** Why, in words. */
  readonly text: string;
}

/** What one frame of the TCP door says. */
export type Message<Content> =
  | QueryMessage<Content>
  | PushMessage<Content>
  | ReplyMessage<Content>
  | ErrorMessage;

/** A frame of the TCP door holds no message. */
export class MalformedMessageError extends SyntaxError {
  /** The name of the class, for messages. */
  override name = "MalformedMessageError";
}

const MAX_TRANSACTION = 2 ** 32 - 1;
const MAX_CODE = 999;

/** Encodes a message as the payload of a frame. */
export function encodeMessage(message: Message<Body>): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case "query":
      return encode({ t: message.transaction, q: message.name, a: message.content });
    case "push":
      return encode({ q: message.name, a: message.content });
    case "reply":
      return encode({ t: message.transaction, r: message.content });
    case "error":
      return encode({ t: message.transaction, e: [message.code, message.text] });
  }
}

/**
 * Decodes the payload of a frame, which must be canonical bencode. Keys that are not known are
 * ignored, so that later versions may add some.
 *
 * @throws {MalformedMessageError} if it is no message
 */
export function decodeMessage(payload: Uint8Array): Message<DictionaryReader> {
  try {
    const value = decode(payload, {
      maxLength: MAX_FRAME_LENGTH,
      maxDepth: MAX_MESSAGE_DEPTH,
      maxValues: MAX_MESSAGE_VALUES,
    });
    return readEnvelope(new DictionaryReader(value, "message"));
  } catch (cause) {
    if (cause instanceof BencodeError || cause instanceof BencodeShapeError) {
      throw new MalformedMessageError(cause.message, { cause });
    }
    throw cause;
  }
}

function readEnvelope(envelope: DictionaryReader): Message<DictionaryReader> {
  const transaction = envelope.optionalInteger("t", { min: 0, max: MAX_TRANSACTION });
  const kinds = ["q", "r", "e"].filter((key) => envelope.has(key));
  if (kinds.length !== 1) {
    throw new MalformedMessageError(
      `Cannot read message: it has ${kinds.length} of the keys q, r and e, must have one`,
    );
  }
  if (kinds[0] === "q") {
    const name = envelope.text("q");
    const content = envelope.dictionary("a");
    return transaction === undefined
      ? { type: "push", name, content }
      : { type: "query", transaction, name, content };
  }
  if (kinds[0] === "e") return { type: "error", transaction, ...readError(envelope) };
  if (transaction !== undefined) {
    return { type: "reply", transaction, content: envelope.dictionary("r") };
  }
  throw new MalformedMessageError("Cannot read message: t is missing in a reply");
}

function readError(envelope: DictionaryReader): { code: number; text: string } {
  const [code, text, ...rest] = envelope.list("e");
  if (
    typeof code !== "number" || code < 0 || code > MAX_CODE || !(text instanceof Uint8Array) ||
    rest.length > 0
  ) {
    throw new MalformedMessageError(
      `Cannot read message: e must be a list of a code from 0 to ${MAX_CODE} and a text`,
    );
  }
  return { code, text: new TextDecoder().decode(text) };
}
