import { foldMapped } from "../../../net/mod.ts";
import { errorResponse, textResponse } from "../../../web/mod.ts";
import { MAX_TOKEN_BYTES } from "../../limits.ts";
import { TrackerRefusedError } from "../../refused_error.ts";
import { checkToken, pathToken } from "../check_token.ts";
import type { TrackerContext } from "../context.ts";
import type { HttpClients } from "../http_clients.ts";
import { refuse } from "../refuse.ts";
import { TooFastError } from "../too_fast.ts";
import type { ExpectBody, Route, Visit } from "./route.ts";

/** The segment of a path that may be a token, and the rest. */
const SEGMENTS = new RegExp(`^/([^/]{1,${3 * MAX_TOKEN_BYTES}})(/.*)$`);

/** What {@linkcode Routes} is made of. */
export interface RoutesOptions {
  readonly context: TrackerContext;
  /** Tells where those are who ask. */
  readonly clients: HttpClients;
  /** What there is; of two that answer the same the first one does. */
  readonly routes: readonly Route[];
}

/**
 * All that the HTTP door has besides announces and scrapes. Who asks is let in by the same rules: his
 * address, how often, and the token as the first segment of the path.
 */
export class Routes {
  readonly #options: RoutesOptions;

  /** Makes the routes of a door. */
  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /** Begins what goes on by itself while the door is open, and ends it when that is disposed of. */
  begin(): Disposable {
    const running = this.#options.routes.flatMap((route) => route.begin?.() ?? []);
    return { [Symbol.dispose]: () => running.forEach((each) => each[Symbol.dispose]()) };
  }

  /** Answers a request of somebody at an address. */
  async answer(
    request: Request,
    remoteHost: string,
    expectBody?: ExpectBody,
  ): Promise<Response> {
    const response = await this.#answer(request, remoteHost, expectBody);
    this.#options.context.counters.page(response.status);
    return response;
  }

  async #answer(
    request: Request,
    remoteHost: string,
    expectBody: ExpectBody | undefined,
  ): Promise<Response> {
    const { clients, context, routes } = this.#options;
    if (!clients.admits(request, remoteHost)) {
      return refusalOf(request, 403, "This address is not let in");
    }
    let host = foldMapped(remoteHost);
    try {
      const whole = pathOf(request.url);
      const free = answerBy(routes, "anybody", { request, path: whole, base: "", host });
      if (free !== undefined) return await free;
      host = clients.hostOf(request, host);
      if (!context.visitors.mayAnnounce(host, context.clock.now(), clients.toldBy)) {
        throw new TooFastError("Cannot answer: too many requests come from this address; wait");
      }
      const visit = this.#admit(request, whole, host);
      return await answerBy(routes, "token", { ...visit, expectBody }) ??
        refusalOf(request, 404, "There is nothing here");
    } catch (error) {
      const { text } = refuse(error, { remote: { host, port: 0 } }, context);
      return refusalOf(request, statusOf(error), text);
    }
  }

  /** Takes the token off the path, if the tracker wants one, and has it checked. */
  #admit(request: Request, whole: string, host: string): Visit {
    const { context: { gate, clock }, clients: { toldBy } } = this.#options;
    if (gate.isOpen) return { request, path: whole, base: "", host };
    const [, segment, rest = "/"] = SEGMENTS.exec(whole) ?? [];
    checkToken(gate, pathToken(segment), { host, nowMs: clock.now(), toldBy });
    return { request, path: rest, base: `/${segment}`, host };
  }
}

function answerBy(
  routes: readonly Route[],
  admission: Route["admission"],
  visit: Visit,
): Response | Promise<Response> | undefined {
  for (const route of routes) {
    const answer = route.admission === admission ? route.answer(visit) : undefined;
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** The path of a URL as it was sent. */
function pathOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] || "/";
}

/** A path of the API, with a token before it or not. */
const API = /^(?:\/[^/]+)?\/api(?:\/|$)/;

/** Refuses in the way of what was asked for: the API speaks JSON, everything else plain text. */
function refusalOf({ url }: Request, status: number, text: string): Response {
  return API.test(pathOf(url)) ? errorResponse(status, text) : textResponse(status, `${text}\n`);
}

function statusOf(error: unknown): number {
  if (error instanceof TooFastError) return 429;
  return error instanceof TrackerRefusedError ? 403 : 500;
}
