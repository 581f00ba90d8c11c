import { Bitfield, type PieceIndex } from "../bytes/mod.ts";
import type { PieceLayout } from "../metainfo/mod.ts";
import type { Clock } from "../net/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { Download } from "./download.ts";
import type { EventFeed, TorrentEvent } from "./events.ts";
import type { PeerLink } from "./link.ts";
import type { PeerExchange } from "./peer_exchange.ts";
import type { Upload } from "./upload.ts";
import {
  type Conduct,
  decodeConduct,
  decodeDontHave,
  decodeGuide,
  EXTENSION_ID,
  type Message,
  PeerProtocolError,
} from "./wire/mod.ts";

/** What a conversation with a peer is about. */
export interface ConversationOptions {
  /** The torrent's pieces. */
  readonly store: PieceStore;
  /** Takes what the peer gives. */
  readonly download: Download;
  /** Takes what the peer asks for. */
  readonly upload: Upload;
  /** Takes what the peer tells of others. */
  readonly exchange: PeerExchange;
  /** Measures when something was heard. */
  readonly clock: Clock;
  /** Is told when the peer has said something, and when it is known what it has. */
  readonly feed: EventFeed<TorrentEvent>;
}

/**
 * Talks with one peer until the connection ends, is of no use or the peer breaks the protocol, and
 * gives the reason.
 */
export async function converse(link: PeerLink, options: ConversationOptions): Promise<string> {
  try {
    return await talk(link, options);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    link.session.close();
    link.life.known.resolve();
  }
}

async function talk(link: PeerLink, options: ConversationOptions): Promise<string> {
  const { store, download, feed } = options;
  const { session } = link;
  let phase: "unheard" | "greeting" | "talking" = "unheard";
  sayHello(link, store);
  for await (const batch of session.messages()) {
    if (phase === "unheard") {
      phase = "greeting";
      feed.emit({ type: "greeted", ...link.source, direction: session.direction });
    }
    for (const message of batch) {
      if (phase !== "talking" && message.type !== "keep-alive" && message.type !== "extended") {
        phase = "talking";
        const isHello = hear(link, message, store);
        await learnAll(link, options);
        if (isHello) continue;
      }
      handle(link, message, options);
    }
    const isOfUse = link.isHungry || download.isHungry;
    if (!isOfUse && download.whenDone === "leave") return "neither side wants anything";
    download.ask(link);
  }
  return "it closed the connection";
}

/** Says what is held; also if that is nothing, so that the peer need not wait for what may come. */
function sayHello({ session }: PeerLink, { held }: PieceStore): void {
  if (session.isFast && held.isFull) session.outgoing.send({ type: "have-all" });
  else if (session.isFast && held.isEmpty) session.outgoing.send({ type: "have-none" });
  else session.outgoing.send({ type: "bitfield", bits: held.toBytes() });
}

/** Notes what the peer has if its first message says so; tells whether it did. */
function hear(link: PeerLink, message: Message, store: PieceStore): boolean {
  const { pieceCount } = store.info.layout;
  if (message.type === "bitfield") link.bits = readBitfield(message.bits, store);
  else if (message.type === "have-all" && link.session.isFast) {
    link.bits = Bitfield.full(pieceCount);
  } else return message.type === "have-none" && link.session.isFast;
  return true;
}

async function learnAll(
  link: PeerLink,
  { download, upload, feed }: ConversationOptions,
): Promise<void> {
  download.learnAll(link);
  link.life.known.resolve();
  feed.emit({ type: "connected", ...link.source, held: link.bits.count });
  upload.guidance.join(link);
  await upload.grant(link);
}

function learn(
  link: PeerLink,
  index: PieceIndex,
  { download, upload }: ConversationOptions,
): void {
  if (!link.gain(index)) return;
  download.learn(link, index);
  upload.guidance.learn(link, index);
}

function handle(link: PeerLink, message: Message, options: ConversationOptions): void {
  const { store, download, upload } = options;
  const { layout } = store.info;
  switch (message.type) {
    case "keep-alive":
    case "unknown":
      return;
    case "extended":
      return handleExtended(link, message, options);
    case "choke":
      link.peerChoking = true;
      return download.choked(link);
    case "unchoke":
      link.peerChoking = false;
      // It may give now what it rejected before.
      link.fast.rejection = undefined;
      return;
    case "interested":
    case "not-interested":
      if (link.peerInterested === (message.type === "interested")) return;
      link.peerInterested = !link.peerInterested;
      return upload.rechoke();
    case "have":
      return learn(link, existingPiece(message.index, layout), options);
    case "bitfield":
      // BEP 3 has it first, but aria2 sends another one in place of many `have` messages.
      for (const index of readBitfield(message.bits, store).ones()) {
        learn(link, existingPiece(index, layout), options);
      }
      return;
    case "request":
      return upload.request(link, message);
    case "cancel":
      return upload.cancel(link, message);
    case "piece":
      return download.receive(link, message.index, message.begin, message.block);
    default:
      return handleFast(link, message, options);
  }
}

type FastMessage = Extract<
  Message,
  { type: "suggest" | "have-all" | "have-none" | "reject" | "allowed-fast" }
>;

/** Takes a message of BEP 6, which has no place where it was not agreed on. */
function handleFast(
  link: PeerLink,
  message: FastMessage,
  { store, download, upload }: ConversationOptions,
): void {
  if (!link.session.isFast) {
    throw new PeerProtocolError(
      `Cannot take message ${message.type}: the fast extension was not agreed on`,
    );
  }
  switch (message.type) {
    case "suggest":
      // The picker knows better which pieces are rare here.
      return;
    case "reject":
      if (download.rejected(link, message) === "misled") upload.guidance.follower.blame(link);
      return;
    case "allowed-fast":
      return download.allowed(link, existingPiece(message.index, store.info.layout));
    case "have-all":
    case "have-none":
      throw new PeerProtocolError(`Cannot take message ${message.type}: it must be the first one`);
    default:
      return message satisfies never;
  }
}

function handleExtended(
  link: PeerLink,
  { id, payload }: Extract<Message, { type: "extended" }>,
  options: ConversationOptions,
): void {
  const { store, download, upload, exchange, clock } = options;
  if (id === EXTENSION_ID.ut_metadata) upload.metadata.answer(link.session, payload);
  else if (id === EXTENSION_ID.ut_pex) exchange.hear(link, payload, clock.now());
  else if (id === EXTENSION_ID.sl_guide) {
    const guide = decodeGuide(payload);
    if (guide.choice === "declined") upload.guidance.declined(link, guide.pieces);
    else download.guided(link, guide);
  } else if (id === EXTENSION_ID.sl_conduct) {
    hearConduct(link, decodeConduct(payload), options);
  } else if (id === EXTENSION_ID.lt_donthave) {
    const index = existingPiece(decodeDontHave(payload), store.info.layout);
    if (!link.lose(index)) return;
    download.unlearn(link, index);
    upload.guidance.unlearn(link, index);
  }
}

/** Takes what a conductor says, or, if we conduct, what others answer. */
function hearConduct(link: PeerLink, conduct: Conduct, options: ConversationOptions): void {
  const { store, download, upload: { guidance }, clock } = options;
  const isConductor = link.fast.conduct.part === "conductor";
  if (store.held.isFull && !isConductor) return guidance.answered(link, conduct);
  const named = guidance.follower.hear(link, conduct, {
    nowMs: clock.now(),
    existingPiece: (index) => existingPiece(index, store.info.layout),
  });
  if (named === undefined) return isConductor ? download.askAll() : undefined;
  download.directed(named.link, named.pieces);
  if (named.link.amChoking && named.link.isConducted && named.pieces.length === 0) {
    options.upload.rechoke();
  }
}

function readBitfield(bits: Uint8Array, store: PieceStore): Bitfield {
  try {
    return Bitfield.fromBytes(bits, store.info.layout.pieceCount);
  } catch (cause) {
    throw new PeerProtocolError("Cannot read bitfield: it does not fit the torrent", { cause });
  }
}

function existingPiece(index: number, layout: PieceLayout): PieceIndex {
  try {
    return layout.pieceIndex(index);
  } catch (cause) {
    throw new PeerProtocolError(`Cannot use piece ${index}: there is no such piece`, { cause });
  }
}
