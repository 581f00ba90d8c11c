import { Bitfield, type InfoHash } from "../../../../lib/bytes/mod.ts";
import { LocalAddresses } from "../../../../lib/net/mod.ts";
import type { HttpDoorOptions } from "../../../../lib/tracker/server/http_door.ts";
import { HttpClients } from "../../../../lib/tracker/server/http_clients.ts";
import { openRoutes } from "../../../../lib/tracker/server/routes/open_routes.ts";
import type { Routes } from "../../../../lib/tracker/server/routes/routes.ts";
import type { HeldPieces, Peer, TorrentReport, TorrentShape } from "../../../../lib/tracker/mod.ts";
import type { TrackerLimits } from "../../../../lib/tracker/tracker_limits.ts";
import { sampleHash, samplePeerId, sampleShape } from "../../sample_torrents.ts";
import { hostOf } from "../../sample_tracker.ts";
import { type SampleContext, sampleContext } from "../sample_context.ts";

/** How a {@linkcode SampleApi} differs from the usual one. */
export interface SampleApiOptions extends Pick<HttpDoorOptions, "dashboard" | "tls" | "uploads"> {
  readonly limits?: Partial<TrackerLimits>;
  readonly token?: string;
  /** The addresses of the machine; none unless this says otherwise. */
  readonly locals?: LocalAddresses;
}

/** What was answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

/** The API of a tracker without sockets, whose time stands still unless it is advanced. */
export class SampleApi {
  readonly context: SampleContext;
  readonly routes: Routes;
  /** The path before that of the API: the token, if there is one. */
  readonly base: string;

  constructor({ limits, token, locals, ...options }: SampleApiOptions = {}) {
    this.context = sampleContext({ ...limits, ...(token !== undefined && { token }) });
    const { context } = this;
    const clients = new HttpClients(context.addresses, "connection");
    this.routes = openRoutes(options, {
      ...{ context, clients, locals: locals ?? new LocalAddresses(() => []) },
    });
    this.base = token === undefined ? "" : `/${token}`;
  }

  /** Asks for a path below `/api/v1`, from this machine unless another host is named. */
  async ask(
    path: string,
    { method = "GET", host = "127.0.0.1", headers = {} as Record<string, string> } = {},
  ): Promise<Answered> {
    const response = await this.request(path, { method, host, headers });
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    const body = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  }

  /** The same, without reading the answer. */
  request(
    path: string,
    { method = "GET", host = "127.0.0.1", headers = {} as Record<string, string> } = {},
  ): Promise<Response> {
    const url = `http://127.0.0.1:6969${this.base}/api/v1${path}`;
    // Not a `Request`, which would tidy the URL and may drop headers.
    const request = { url, method, headers: new Headers({ host: "127.0.0.1:6969", ...headers }) };
    return this.routes.answer(request as Request, host);
  }

  /** Has a peer tell what it holds of a torrent, as one who is connected. */
  report(
    number: number,
    held: HeldPieces,
    more: Partial<TorrentReport> = {},
  ): Peer {
    const { registry, fetching } = this.context;
    const peer = this.peer(number);
    const report: TorrentReport = {
      ...{ infoHash: sampleHash(1), shape: sampleShape("one", 8), uploaded: 0, downloaded: 0 },
      ...{ held, ...more },
    };
    registry.report(peer, report);
    fetching.take(peer, report);
    return peer;
  }

  /** A peer that is known, by its number. */
  peer(number: number, agent = `Sample/${number}`): Peer {
    const place = { host: hostOf(number), port: 6881 };
    return this.context.registry.admit({ ...place, id: samplePeerId(number), agent });
  }

  /** Has a torrent claimed under a name. */
  claim(number: number, shape: TorrentShape): InfoHash {
    const infoHash = sampleHash(number);
    this.report(number, { kind: "complete" }, { infoHash, shape });
    return infoHash;
  }
}

/** A bitfield in which these pieces are set. */
export function bits(length: number, ...pieces: readonly number[]): HeldPieces {
  const field = new Bitfield(length);
  for (const piece of pieces) field.set(piece);
  return { kind: "bitfield", bytes: field.toBytes() };
}

/** The cells of a map in base 64. */
export function cells(map: string): number[] {
  return Array.from(atob(map), (character) => character.charCodeAt(0));
}
