import type { InfoHash } from "../bytes/mod.ts";
import { readExactly } from "../framing/mod.ts";
import {
  type Clock,
  type Connection,
  formatAddress,
  type PeerAddress,
  type Transport,
  withDeadline,
} from "../net/mod.ts";
import { CONNECT_TIMEOUT_MS, HANDSHAKE_TIMEOUT_MS } from "./limits.ts";
import {
  decodeHandshake,
  encodeHandshake,
  type Handshake,
  HANDSHAKE_LENGTH,
  PeerProtocolError,
} from "./wire/mod.ts";

/** A connection whose handshakes were exchanged, and which is not framed yet. */
export interface GreetedConnection {
  /** The connection; whoever got it closes it. */
  readonly connection: Connection;
  /** What the other side said of itself. */
  readonly theirs: Handshake;
  /** Who dialled. */
  readonly direction: "incoming" | "outgoing";
}

/** What {@linkcode dialPeer} needs. */
export interface DialOptions {
  /** How to reach the peer. */
  readonly transport: Transport;
  /** Where the peer listens. */
  readonly address: PeerAddress;
  /** What we say of ourselves. */
  readonly ours: Handshake;
  /** The clock of the deadlines. */
  readonly clock: Clock;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * Connects to a peer and exchanges handshakes with it (BEP 3).
 *
 * @throws {PeerProtocolError} if it answers for another torrent or with another protocol
 * @throws {DeadlineError} if it does not connect in 5 s or answer in 10 s
 */
export async function dialPeer(options: DialOptions): Promise<GreetedConnection> {
  const { transport, address, ours, clock, signal } = options;
  const connection = await withDeadline(
    async (signal) => {
      const connection = await transport.dial(address, { signal });
      // It may be given up just when it is there, and then nobody else would close it.
      if (signal.aborted) connection.close();
      signal.addEventListener("abort", () => connection.close(), { once: true });
      return connection;
    },
    {
      clock,
      signal,
      ms: CONNECT_TIMEOUT_MS,
      message: `Cannot connect to ${formatAddress(address)}: no answer in 5 s`,
    },
  );
  return await closingOnError(connection, async () => {
    // Where both sides prove something to each other first, sending waits for that.
    const theirs = await inTime(connection, { clock, signal }, async () => {
      await sendHandshake(connection, ours);
      return await receiveHandshake(connection);
    });
    if (theirs.infoHash !== ours.infoHash) {
      throw new PeerProtocolError(
        `Cannot use ${formatAddress(address)}: it answered for torrent ${theirs.infoHash}`,
      );
    }
    return { connection, theirs, direction: "outgoing" };
  });
}

/** What {@linkcode greetPeer} needs. */
export interface GreetOptions {
  /** Gives our handshake for a torrent; `undefined` if we do not have that torrent. */
  readonly oursFor: (infoHash: InfoHash) => Handshake | undefined;
  /** The clock of the deadline. */
  readonly clock: Clock;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * Exchanges handshakes with a peer that connected to us. Nothing is sent before its handshake is
 * there and names a torrent that we have.
 *
 * @throws {PeerProtocolError} if it speaks another protocol or asks for an unknown torrent
 * @throws {DeadlineError} if its handshake is not there in 10 s
 */
export async function greetPeer(
  connection: Connection,
  options: GreetOptions,
): Promise<GreetedConnection> {
  return await closingOnError(connection, async () => {
    const theirs = await inTime(connection, options, () => receiveHandshake(connection));
    const ours = options.oursFor(theirs.infoHash);
    if (ours === undefined) {
      throw new PeerProtocolError(`Cannot serve torrent ${theirs.infoHash}: it is unknown here`);
    }
    await sendHandshake(connection, ours);
    return { connection, theirs, direction: "incoming" };
  });
}

async function closingOnError<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function sendHandshake(connection: Connection, ours: Handshake): Promise<void> {
  const writer = connection.writable.getWriter();
  try {
    await writer.write(encodeHandshake(ours));
  } finally {
    writer.releaseLock();
  }
}

/** Closes the connection when the time for the other side's handshake is over. */
async function inTime<T>(
  connection: Connection,
  { clock, signal }: Pick<GreetOptions, "clock" | "signal">,
  work: () => Promise<T>,
): Promise<T> {
  return await withDeadline((signal) => {
    signal.addEventListener("abort", () => connection.close(), { once: true });
    return work();
  }, {
    clock,
    signal,
    ms: HANDSHAKE_TIMEOUT_MS,
    message: `Cannot greet ${formatAddress(connection.remote)}: no handshake in 10 s`,
  });
}

async function receiveHandshake(connection: Connection): Promise<Handshake> {
  const bytes = await readExactly(connection.readable, HANDSHAKE_LENGTH);
  if (bytes === undefined) {
    throw new PeerProtocolError(
      `Cannot greet ${formatAddress(connection.remote)}: it closed the connection`,
    );
  }
  return decodeHandshake(bytes);
}
