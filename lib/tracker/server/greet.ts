import { FrameTooLongError, PREFIX_LENGTH, readExactly } from "../../framing/mod.ts";
import { type Connection, formatAddress, withDeadline } from "../../net/mod.ts";
import { CONNECT_TIMEOUT_MS, MAX_CONNECT_LENGTH } from "../limits.ts";
import {
  type ConnectArguments,
  connectCodec,
  type ConnectReply,
  decodeMessage,
  PROTOCOL_VERSION,
} from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { Peer } from "../swarm/mod.ts";
import { readArguments } from "./answer_query.ts";
import { checkToken } from "./check_token.ts";
import type { TrackerContext } from "./context.ts";
import type { Outbox } from "../outbox.ts";
import { outcomeOfError } from "./metrics/door_meter.ts";
import { refuse } from "./refuse.ts";
import { Session } from "./session.ts";

/**
 * Reads the first frame of a connection, which must be a `connect` and come soon, and lets it in.
 * Gives nothing if the connection ended first, or was told why it is not let in.
 *
 * @throws {Error} if no message comes
 */
export async function greet(
  connection: Connection,
  outbox: Outbox,
  context: TrackerContext,
): Promise<Session | undefined> {
  const payload = await awaitFirstFrame(connection, context);
  if (payload === undefined) return undefined;
  const { clock, counters } = context;
  const nowMs = clock.now();
  const message = decodeMessage(payload);
  const transaction = message.type === "query" ? message.transaction : undefined;
  try {
    if (message.type !== "query" || message.name !== "connect") {
      throw new TrackerRefusedError(REFUSAL.forbidden, "Cannot answer: connect must come first");
    }
    const query = readArguments(connectCodec, message.content);
    checkWelcome(query, connection.remote.host, context);
    const peer = query.port === 0 ? undefined : admit(query, connection, context);
    const session = new Session({ connection, outbox, peer }, context);
    const content = connectCodec.encodeReply(welcomeOf(query, connection, context));
    void outbox.send({ type: "reply", transaction: message.transaction, content });
    context.sessions.add(session);
    counters.connected++;
    counters.doors.tcp.note("answered", clock.now() - nowMs);
    context.events.offer({ type: "connected", remote: connection.remote, agent: query.agent });
    return session;
  } catch (error) {
    const refusal = refuse(error, { transaction, remote: connection.remote }, context);
    counters.doors.tcp.note(outcomeOfError(refusal.code), clock.now() - nowMs);
    await outbox.send(refusal);
    return undefined;
  }
}

/** Waits for the first frame, but not while the tracker waits for its own end: nobody new is let in then. */
async function awaitFirstFrame(
  connection: Connection,
  { clock, readiness: { farewell } }: TrackerContext,
): Promise<Uint8Array | undefined> {
  const close = (): void => connection.close();
  farewell.addEventListener("abort", close, { once: true });
  if (farewell.aborted) close();
  try {
    return await withDeadline(() => readFirstFrame(connection.readable), {
      clock,
      ms: CONNECT_TIMEOUT_MS,
      message: `Cannot connect: no query came within ${CONNECT_TIMEOUT_MS / 1000} s`,
    });
  } finally {
    farewell.removeEventListener("abort", close);
  }
}

/** The payload of the first frame, of which little is buffered before anything is known of the sender. */
async function readFirstFrame(
  readable: ReadableStream<Uint8Array>,
): Promise<Uint8Array | undefined> {
  const prefix = await readExactly(readable, PREFIX_LENGTH);
  if (prefix === undefined) return undefined;
  const length = new DataView(prefix.buffer).getUint32(0);
  if (length > MAX_CONNECT_LENGTH) throw new FrameTooLongError(length, MAX_CONNECT_LENGTH);
  return length === 0 ? new Uint8Array(0) : await readExactly(readable, length);
}

function checkWelcome(query: ConnectArguments, host: string, context: TrackerContext): void {
  if (query.version !== PROTOCOL_VERSION) {
    throw new TrackerRefusedError(
      REFUSAL.version,
      `Cannot connect: version ${query.version} of the protocol is not spoken, ${PROTOCOL_VERSION} is`,
    );
  }
  const { gate, clock } = context;
  checkToken(gate, { in: "connect", token: query.token }, {
    ...{ host, nowMs: clock.now() },
    peerId: query.peerId,
  });
}

function admit(query: ConnectArguments, { remote }: Connection, context: TrackerContext): Peer {
  const { registry, sessions, clock } = context;
  const known = registry.peerAt(remote.host, query.port);
  if (known !== undefined) sessions.replace(known, clock.now());
  const { port, peerId: id, agent } = query;
  return registry.admit({ host: remote.host, port, id, agent });
}

function welcomeOf(
  query: ConnectArguments,
  { remote }: Connection,
  { registry, times }: TrackerContext,
): ConnectReply {
  return {
    intervalS: Math.ceil(times.intervalMs / 1000),
    graceS: Math.ceil(times.graceMs / 1000),
    address: formatAddress({ host: remote.host, port: query.port }),
    peersKnown: registry.peers.size,
    torrentsKnown: registry.swarms.size,
  };
}
