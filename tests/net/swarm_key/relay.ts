import { concatBytes } from "../../../lib/bytes/mod.ts";
import {
  connectInMemory,
  type Connection,
  createSwarmKey,
  type SwarmKey,
  type SwarmKeyError,
} from "../../../lib/net/mod.ts";
import { KeyedConnection } from "../../../lib/net/swarm_key/keyed_connection.ts";
import { SettlingClock } from "./settling_clock.ts";

export const KEY: SwarmKey = createSwarmKey(Uint8Array.from({ length: 32 }, (_, at) => at + 1));
export const OTHER_KEY: SwarmKey = createSwarmKey(Uint8Array.from({ length: 32 }, (_, at) => at));

const NEAR = { host: "192.0.2.1", port: 50_000 };
const FAR = { host: "192.0.2.7", port: 6_881 };

/** Passes bytes on as it likes: gives what is to be sent instead, in as many parts. */
export type Meddle = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** What came of a stream, and how it ended. */
export interface Outcome {
  readonly data: Uint8Array;
  readonly error: Error | undefined;
}

/** Someone who sits between two peers, of which the near one dials the far one. */
export class Relay implements AsyncDisposable {
  readonly near: KeyedConnection;
  readonly far: KeyedConnection;
  /** What was said of each side to the other, in the order in which it was found out. */
  readonly refusals: SwarmKeyError[] = [];
  /** All that the near side sent. */
  readonly seen: Uint8Array[] = [];
  readonly #clock = new SettlingClock();
  readonly #ends: Connection[];
  readonly #pumping: Promise<unknown>;

  constructor(options: { meddle?: Meddle; nearKey?: SwarmKey; farKey?: SwarmKey } = {}) {
    const { meddle = (bytes) => bytes, nearKey = KEY, farKey = KEY } = options;
    const [a, b] = connectInMemory(NEAR, FAR);
    const [c, d] = connectInMemory(NEAR, FAR);
    this.#ends = [a, b, c, d];
    const clock = this.#clock;
    const onRefused = (error: SwarmKeyError): void => void this.refusals.push(error);
    this.near = new KeyedConnection(a, { key: nearKey, role: "initiator", clock, onRefused });
    this.far = new KeyedConnection(d, { key: farKey, role: "responder", clock, onRefused });
    this.#pumping = Promise.allSettled([
      pump(meddle(this.#watched(b.readable)), c.writable),
      pump(c.readable, b.writable),
    ]);
  }

  /** Sends data from the near side to the far one and an end; tells what of it comes. */
  async send(...parts: readonly Uint8Array[]): Promise<Outcome> {
    const writing = (async () => {
      const writer = this.near.writable.getWriter();
      writer.closed.catch(() => undefined);
      for (const part of parts) await writer.write(part);
      await writer.close();
    })().catch(() => undefined);
    const outcome = await readToEnd(this.far);
    // Where the far side gave up, the near one may wait for ever.
    this.far.close();
    this.near.close();
    await writing;
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.near.close();
    this.far.close();
    for (const end of this.#ends) end.close();
    await this.#pumping;
    await this.#clock.settle();
  }

  async *#watched(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const part of bytes) {
      this.seen.push(part);
      yield part;
    }
  }
}

/** What a connection gives, and how it ends. */
export async function readToEnd({ readable }: Connection): Promise<Outcome> {
  const parts: Uint8Array[] = [];
  const reader = readable.getReader();
  try {
    while (true) {
      const { value } = await reader.read();
      if (value === undefined) return { data: concatBytes(parts), error: undefined };
      parts.push(value);
    }
  } catch (error) {
    return { data: concatBytes(parts), error: error as Error };
  }
}

async function pump(
  bytes: AsyncIterable<Uint8Array>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  for await (const part of bytes) if (part.length > 0) await writer.write(part);
  await writer.close();
}

/** Passes everything on, but in parts that end at these places, too. */
export function cutAt(...offsets: readonly number[]): Meddle {
  return async function* (bytes) {
    let at = 0;
    for await (const part of bytes) {
      let from = 0;
      for (const offset of offsets) {
        const to = Math.min(part.length, Math.max(from, offset - at));
        yield part.subarray(from, to);
        from = to;
      }
      yield part.subarray(from);
      at += part.length;
    }
  };
}

/** Turns over one bit of all that is sent. */
export function flip(bit: number): Meddle {
  return async function* (bytes) {
    let at = 0;
    for await (const part of bytes) {
      const changed = part.slice();
      const index = (bit >> 3) - at;
      if (index >= 0 && index < changed.length) changed[index]! ^= 1 << (bit & 7);
      yield changed;
      at += part.length;
    }
  };
}

/** Passes so many bytes on and then ends, whatever more is sent. */
export function endAt(length: number): Meddle {
  return async function* (bytes) {
    let left = length;
    if (left === 0) return;
    for await (const part of bytes) {
      yield part.subarray(0, left);
      left -= part.length;
      if (left <= 0) return;
    }
  };
}
