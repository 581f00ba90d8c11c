import type { DictionaryReader } from "../../bencode/mod.ts";
import { quoteText } from "../../bytes/mod.ts";
import {
  type ArgumentsOf,
  type Body,
  isQueryName,
  type Message,
  type Nothing,
  QUERY_CODECS,
  type QueryCodec,
  type QueryMessage,
  type QueryName,
  type ReplyOf,
} from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import { answerGetTorrent, answerPublish } from "./answer_files.ts";
import { answerGetPeers, answerListFiles } from "./answer_lists.ts";
import { answerUpdateStatus } from "./answer_status.ts";
import type { TrackerContext } from "./context.ts";
import { refuse } from "./refuse.ts";
import type { Session } from "./session.ts";
import type { Farewell } from "./tracker_event.ts";

/** Answers one kind of query, or throws a `TrackerRefusedError`. */
type Answer<Name extends QueryName> = (
  query: ArgumentsOf<Name>,
  session: Session,
  context: TrackerContext,
) => ReplyOf<Name> | Promise<ReplyOf<Name>>;

const ANSWERS: { readonly [Name in QueryName]: Answer<Name> } = {
  connect: () => {
    throw new TrackerRefusedError(REFUSAL.forbidden, "Cannot connect: the connection is connected");
  },
  update_status: answerUpdateStatus,
  publish: answerPublish,
  get_torrent: answerGetTorrent,
  list_files: answerListFiles,
  get_peers: answerGetPeers,
  ping: () => ({}),
  disconnect: (_query, session, context) => sayFarewell("disconnect", session, context),
  exit: (_query, session, context) => sayFarewell("exit", session, context),
};

/** Answers a query of a connection that was let in; if something goes wrong, that is the answer. */
export async function answerQuery(
  { name, transaction, content }: QueryMessage<DictionaryReader>,
  session: Session,
  context: TrackerContext,
): Promise<Message<Body>> {
  try {
    if (!isQueryName(name)) {
      throw new TrackerRefusedError(
        REFUSAL.unknown,
        `Cannot answer ${quoteText(name)}: no such query`,
      );
    }
    context.counters.query(name);
    const reply = await replyTo(name, content, session, context);
    return { type: "reply", transaction, content: reply };
  } catch (error) {
    return refuse(error, { transaction, remote: session.remote }, context);
  }
}

async function replyTo<Name extends QueryName>(
  name: Name,
  content: DictionaryReader,
  session: Session,
  context: TrackerContext,
): Promise<Body> {
  const codec: QueryCodec<ArgumentsOf<Name>, ReplyOf<Name>> = QUERY_CODECS[name];
  const answer: Answer<Name> = ANSWERS[name];
  return codec.encodeReply(await answer(readArguments(codec, content), session, context));
}

/** Reads what a query is asked with; whatever is wrong with it is the asker's fault. */
export function readArguments<Arguments>(
  codec: QueryCodec<Arguments, unknown>,
  content: DictionaryReader,
): Arguments {
  try {
    return codec.decodeArguments(content);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new TrackerRefusedError(REFUSAL.malformed, error.message);
  }
}

function sayFarewell(farewell: Farewell, session: Session, context: TrackerContext): Nothing {
  session.farewell = farewell;
  context.sessions.remove(session, context.clock.now());
  return {};
}
