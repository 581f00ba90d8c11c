import { Bitfield, type PieceIndex } from "../bytes/mod.ts";
import type { PieceLayout } from "../metainfo/mod.ts";
import type { PieceStore } from "../storage/mod.ts";
import type { Download } from "./download.ts";
import type { PeerLink } from "./link.ts";
import type { Upload } from "./upload.ts";
import { type Message, PeerProtocolError } from "./wire/mod.ts";

/** What a conversation with a peer is about. */
export interface ConversationOptions {
  /** The torrent's pieces. */
  readonly store: PieceStore;
  /** Takes what the peer gives. */
  readonly download: Download;
  /** Takes what the peer asks for. */
  readonly upload: Upload;
  /** What to do when both sides have everything, and nothing can come of it any more. */
  readonly whenDone: "leave" | "stay";
  /** Is called once, when the peer has said something. */
  readonly onGreeted: () => void;
  /** Is called once, when it is known what the peer has. */
  readonly onKnown: () => void;
}

/**
 * Talks with one peer until the connection ends or is of no use, and gives the reason.
 *
 * @throws {PeerProtocolError} if the peer breaks the protocol
 */
export async function converse(link: PeerLink, options: ConversationOptions): Promise<string> {
  const { store, download } = options;
  let phase: "greeting" | "talking" = "greeting";
  // Also when it is empty, which BEP 3 leaves open: then the peer need not wait for what may come.
  link.session.outgoing.send({ type: "bitfield", bits: store.held.toBytes() });
  let isFirst = true;
  for await (const batch of link.session.messages()) {
    if (isFirst) options.onGreeted();
    isFirst = false;
    for (const message of batch) {
      if (phase === "talking") {
        handle(link, message, options);
      } else if (message.type !== "keep-alive") {
        phase = "talking";
        if (message.type === "bitfield") link.bits = readBitfield(message.bits, store);
        download.learnAll(link);
        options.onKnown();
        if (message.type !== "bitfield") handle(link, message, options);
      }
    }
    const isDone = link.bits.isFull && store.held.isFull;
    if (isDone && options.whenDone === "leave") return "both sides have everything";
    download.ask(link);
  }
  return "it closed the connection";
}

function handle(link: PeerLink, message: Message, options: ConversationOptions): void {
  const { store, download, upload } = options;
  switch (message.type) {
    case "keep-alive":
    case "extended":
    case "unknown":
      return;
    case "choke":
      link.peerChoking = true;
      return download.choked(link);
    case "unchoke":
      link.peerChoking = false;
      return;
    case "interested":
    case "not-interested":
      if (link.peerInterested === (message.type === "interested")) return;
      link.peerInterested = !link.peerInterested;
      return upload.rechoke();
    case "have":
      return download.learn(link, existingPiece(message.index, store.info.layout));
    case "bitfield":
      // BEP 3 has it first, but aria2 sends another one in place of many `have` messages.
      for (const index of readBitfield(message.bits, store).ones()) {
        download.learn(link, existingPiece(index, store.info.layout));
      }
      return;
    case "request":
      return upload.request(link, message);
    case "cancel":
      return link.session.outgoing.withdraw(message);
    case "piece":
      return download.receive(link, message.index, message.begin, message.block);
    default:
      return message satisfies never;
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
