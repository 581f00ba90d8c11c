import { FrameDecoderStream, FrameTooLongError } from "../../framing/mod.ts";
import { type Clock, type Connection, DeadlineError, sleep, TlsError } from "../../net/mod.ts";
import { LINGER_MS, MAX_FRAME_LENGTH, STATUS_BYTES_A_QUERY } from "../limits.ts";
import { decodeMessage, MalformedMessageError } from "../protocol/mod.ts";
import { answerQuery } from "./answer_query.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { TrackerContext } from "./context.ts";
import { FrameDeadline } from "./frame_deadline.ts";
import { greet } from "./greet.ts";
import { Outbox } from "../outbox.ts";
import { outcomeOfError } from "./metrics/door_meter.ts";
import { refuse } from "./refuse.ts";
import type { Session } from "./session.ts";

/** Serves one connection from its first byte to its last; never fails. */
export async function serveConnection(
  connection: Connection,
  context: TrackerContext,
): Promise<void> {
  const outbox = new Outbox(connection, context.limits.outgoingBytes);
  try {
    const session = await greet(connection, outbox, context);
    if (session !== undefined) await converse(session, context);
  } catch (error) {
    // Of any other error the other side cannot be told: the connection itself failed.
    if (
      error instanceof MalformedMessageError || error instanceof FrameTooLongError ||
      error instanceof DeadlineError
    ) {
      void outbox.send(refuse(error, { remote: connection.remote }, context));
    } else if (error instanceof TlsError) {
      // Of TLS that failed only the operator is told.
      const isPlain = error.problem === "plain";
      const text = `Cannot agree on TLS: ${isPlain ? "the client speaks none" : error.message}`;
      refuse(new TrackerRefusedError(REFUSAL.malformed, text), connection, context);
    } else if (isFault(error)) {
      context.events.offer({ type: "fault", error });
    }
  }
  await hangUp(connection, outbox, context.clock);
}

/** Whether an error is a defect of the tracker; connections fail with other ones. */
function isFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError ||
    error instanceof ReferenceError || !(error instanceof Error || error instanceof DOMException);
}

/** Answers one query after the other until the connection ends or its client says farewell. */
async function converse(session: Session, context: TrackerContext): Promise<void> {
  const { connection } = session;
  const { farewell: signal } = context.readiness;
  using deadline = new FrameDeadline(context.clock);
  // What is not read stays readable for the farewell.
  const frames = connection.readable
    .pipeThrough(deadline, { preventCancel: true, signal })
    .pipeThrough(new FrameDecoderStream({ maxLength: MAX_FRAME_LENGTH }));
  try {
    for await (const payloads of frames) {
      deadline.pause();
      for (const payload of payloads) {
        await hear(payload, session, context);
        if (session.farewell !== "vanished") return;
      }
      deadline.resume();
    }
  } finally {
    if (signal.aborted && session.farewell === "vanished") session.farewell = "drained";
    context.sessions.remove(session, context.clock.now());
    const { remote, farewell } = session;
    context.events.offer({ type: "closed", remote, farewell });
  }
}

/**
 * Takes in one message. Waiting until it may be answered, and then until the answer is sent, is what
 * keeps those who ask too fast, or do not read their answers, from asking on.
 */
async function hear(payload: Uint8Array, session: Session, context: TrackerContext): Promise<void> {
  const { clock, signal } = context;
  session.heard(clock.now());
  const message = decodeMessage(payload);
  if (message.type === "query") {
    const waitMs = session.rate.take(clock.now(), costOf(message.name, payload));
    if (waitMs > 0) await sleep(clock, waitMs, signal);
    const nowMs = clock.now();
    const answer = await answerQuery(message, session, context);
    const outcome = answer.type === "error" ? outcomeOfError(answer.code) : "answered";
    context.counters.doors.tcp.note(outcome, clock.now() - nowMs);
    await session.outbox.send(answer);
  } else if (message.type === "push") {
    throw new MalformedMessageError("Cannot read message: t is missing in a query");
  }
  // Replies and errors answer our pings, for which it is enough that something was heard.
}

/** How many queries a query counts as: one that may tell of thousands of torrents costs as much. */
function costOf(name: string, payload: Uint8Array): number {
  return name === "update_status" ? 1 + payload.length / STATUS_BYTES_A_QUERY : 1;
}

/**
 * Ends our side and waits a moment for the other to end its own: closing while it still sends would
 * reset the connection and could take our last words with it.
 */
async function hangUp(connection: Connection, outbox: Outbox, clock: Clock): Promise<void> {
  using _timer = clock.setTimer(() => connection.close(), LINGER_MS);
  await outbox.close();
  if (connection.readable.locked) return;
  await connection.readable.pipeTo(new WritableStream()).catch(() => connection.close());
}
