import { encodeHex } from "@std/encoding/hex";
import { Secret } from "../../bytes/mod.ts";
import { type Clock, serveHttp, systemClock } from "../../net/mod.ts";
import type { PeerNode } from "../../peer/mod.ts";
import { PageGuard, textResponse } from "../../web/mod.ts";
import type { Assets } from "../../web/page/mod.ts";
import { MediaFiles } from "./media.ts";
import { describePeer, PageApi } from "./page_api.ts";
import { PageEvents } from "./page_events.ts";

/** Where the page is: on this machine, and nowhere else. */
const HOST = "127.0.0.1";

/** Bytes of the token in the page's path. */
const TOKEN_LENGTH = 16;

/** What a {@linkcode PeerPage} is opened with. */
export interface PeerPageOptions {
  /** The peer that it shows. */
  readonly node: PeerNode;
  /** The port to listen at; 0 picks a free one. */
  readonly port: number;
  /** Is told why the page is not to be had for now. */
  readonly onFailure: (error: unknown) => void;
  /** The clock of its events; the machine's by default. */
  readonly clock?: Clock;
}

/** A peer's page while it is open. */
export interface PeerPage extends AsyncDisposable {
  /** Where it is, with the token without which nothing is answered. */
  readonly url: string;
}

/**
 * Opens the page of a peer: its transfers, and what may be done with them, for browsers on this machine.
 * Whoever does not know the token in its URL, as other users of the machine, is told nothing; pages of
 * others in the same browser are kept out by a {@linkcode PageGuard}. Its end ends all answers.
 *
 * @throws {Deno.errors.AddrInUse} if somebody else listens at the port
 */
export function openPeerPage(options: PeerPageOptions): PeerPage {
  const { node, port, onFailure, clock = systemClock } = options;
  const token = encodeHex(crypto.getRandomValues(new Uint8Array(TOKEN_LENGTH)));
  const closed = new AbortController();
  const events = new PageEvents({ node, clock, peer: () => describePeer(node) });
  const visits = new Visits({
    events,
    secret: new Secret(new TextEncoder().encode(token), token.length),
    api: new PageApi({ node, events }),
    media: new MediaFiles({ node, signal: closed.signal }),
  });
  const server = serveHttp({
    ...{ port, clock, onFailure },
    listen: (again) =>
      Deno.serve(
        {
          hostname: HOST,
          port: again,
          onListen() {},
          onError: () => textResponse(500, "Something went wrong here\n"),
        },
        (request, { remoteAddr: { hostname } }) => visits.answer(request, hostname),
      ),
  });
  return {
    url: `http://${HOST}:${server.address.port}/${token}/`,
    async [Symbol.asyncDispose]() {
      closed.abort();
      events[Symbol.dispose]();
      await server.close();
    },
  };
}

/** Of what the page is made. */
interface Parts {
  readonly secret: Secret;
  readonly events: PageEvents;
  readonly api: PageApi;
  readonly media: MediaFiles;
}

/** Answers those who come, if they may. */
class Visits {
  readonly #parts: Parts;
  readonly #guard = new PageGuard({
    audience: "this machine",
    wayOut: "Open it in a browser on the machine where the command runs.",
  });
  #assets: Promise<Assets> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async answer(request: Request, host: string): Promise<Response> {
    const refusal = this.#guard.refusal(request, host);
    if (refusal !== undefined) return refusal;
    const [, token = "", path = ""] = /^\/([^/]*)\/(.*)$/s.exec(new URL(request.url).pathname) ??
      [];
    if (!this.#parts.secret.is(new TextEncoder().encode(token))) {
      return textResponse(404, "There is nothing here: use the whole URL that the command told\n");
    }
    const { api, media } = this.#parts;
    if (path.startsWith("api/v1/")) return await api.answer(request, path.slice(7));
    const [, infoHash = "", index] = /^media\/([0-9a-f]+)\/(\d{1,9})$/.exec(path) ?? [];
    if (index !== undefined) return media.answer(request, infoHash, Number(index));
    this.#assets ??= loadAssets();
    return (await this.#assets).answer(request, path);
  }
}

/** The texts are read when the first browser asks for them. */
async function loadAssets(): Promise<Assets> {
  const { Assets, PEER_TABLE } = await import("../../web/page/mod.ts");
  return await Assets.of(PEER_TABLE);
}
