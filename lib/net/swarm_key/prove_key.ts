import { DeadlineError, withDeadline } from "../deadline.ts";
import type { Clock } from "../clock.ts";
import type { PeerAddress } from "../address.ts";
import type { ByteSource } from "./byte_source.ts";
import { type ProofFault, SwarmKeyError } from "./errors.ts";
import { MAX_UNPROVEN_BYTES, PROOF_TIMEOUT_MS } from "./limits.ts";
import {
  answerNoise,
  initiateNoise,
  NOISE_MESSAGE_LENGTH,
  type NoiseCounter,
  NoiseError,
} from "./noise.ts";
import { RecordError, RecordReader, sealRecords } from "./records.ts";
import type { SwarmKey } from "./swarm_key.ts";
import { webCryptoPrimitives } from "./web_crypto.ts";

/** What both sides take for granted: the protocol and its version. */
const PROLOGUE = new TextEncoder().encode("Sluice swarm key, version 1");

/** What {@linkcode proveKey} needs. */
export interface ProofOptions {
  /** The key of the swarm. */
  readonly key: SwarmKey;
  /** Who dialled is the initiator. */
  readonly role: "initiator" | "responder";
  /** What the other side sends. */
  readonly source: ByteSource;
  /** Sends bytes to the other side. */
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** The other side. */
  readonly remote: PeerAddress;
  /** Measures the time that it may take. */
  readonly clock: Clock;
}

/** Both directions of a connection whose other end has proved that it knows the key. */
export interface KeyedChannel {
  /** Encrypts what is sent. */
  readonly sending: NoiseCounter;
  /** Reads what arrives. */
  readonly records: RecordReader;
}

/** Somebody stopped before the proof was there. */
class ProofMissingError extends Error {
  constructor(readonly fault: ProofFault) {
    super(`Cannot go on: ${fault}`);
  }
}

/**
 * Proves to the other side that we know the key, and has it do the same: two messages of 48 bytes and,
 * of the initiator, a first record without data, by which the responder knows that nothing was
 * repeated to it. Until then no data moves, and a responder says nothing to one whose first message is
 * wrong.
 *
 * Gives `undefined` to a responder if the other side went before it has proved anything: then nobody
 * was there, and nothing was said.
 *
 * @throws {SwarmKeyError} if the other side does not prove it, or not in 8 s
 */
export async function proveKey(options: ProofOptions): Promise<KeyedChannel | undefined> {
  const { remote, clock, role } = options;
  const message = "the proof is late";
  try {
    return await withDeadline(
      () => role === "initiator" ? initiate(options) : respond(options),
      { clock, ms: PROOF_TIMEOUT_MS, message },
    );
  } catch (cause) {
    const fault = faultOf(cause);
    if (role === "responder" && fault === "closed") return undefined;
    throw new SwarmKeyError(remote, fault, { cause });
  }
}

function faultOf(error: unknown): ProofFault {
  if (error instanceof ProofMissingError) return error.fault;
  if (error instanceof NoiseError || error instanceof RecordError) return "wrong";
  return error instanceof DeadlineError ? "silent" : "closed";
}

async function initiate({ key, source, send }: ProofOptions): Promise<KeyedChannel> {
  const options = { psk: key, prologue: PROLOGUE, primitives: webCryptoPrimitives };
  const { message, finish } = await initiateNoise(options);
  await send(message);
  if (await source.fillTo(NOISE_MESSAGE_LENGTH) === "end") throw new ProofMissingError("closed");
  const { sending, receiving } = await finish(source.take(NOISE_MESSAGE_LENGTH));
  await send(await sealRecords(sending, new Uint8Array(0)));
  return { sending, records: new RecordReader(source, receiving) };
}

async function respond({ key, source, send }: ProofOptions): Promise<KeyedChannel | undefined> {
  const options = { psk: key, prologue: PROLOGUE, primitives: webCryptoPrimitives };
  if (await source.fillTo(MAX_UNPROVEN_BYTES) === "end") {
    if (source.length === 0) return undefined;
    throw new ProofMissingError("wrong");
  }
  const { answer, sending, receiving } = await answerNoise(
    options,
    source.take(MAX_UNPROVEN_BYTES),
  );
  await send(answer);
  const records = new RecordReader(source, receiving);
  return await records.readEmpty() === "read" ? { sending, records } : undefined;
}
