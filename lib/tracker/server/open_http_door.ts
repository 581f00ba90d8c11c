import {
  type Clock,
  filterTransport,
  HttpFront,
  type LastingServer,
  type PeerAddress,
  serveHttp,
  systemClock,
  tcpTransport,
  tlsTransport,
} from "../../net/mod.ts";
import { LINGER_MS, MAX_UNEXPECTED_BYTES } from "../limits.ts";
import type { TrackerContext } from "./context.ts";
import type { Door } from "./door.ts";
import { HttpClients } from "./http_clients.ts";
import {
  type Answer,
  type HttpDoorOptions,
  HttpRequests,
  isForTracker,
  notHere,
  toResponse,
} from "./http_door.ts";
import { PlainAnswers, readPlainRequest } from "./plain_request.ts";
import { openRoutes } from "./routes/open_routes.ts";
import type { ExpectBody } from "./routes/route.ts";
import type { Routes } from "./routes/routes.ts";

/** Where the runtime's web server is when there is a front before it: at any port of this machine alone. */
const WITHIN = { host: "127.0.0.1", port: 0 };

/**
 * Opens the HTTP door: `/announce` and `/scrape` (BEP 3, 7, 21, 23, 48), with the token, if the tracker
 * wants one, as a segment before them. It needs the permission `--allow-net`, for 127.0.0.1, too.
 *
 * Connections have the limits of those at the TCP door, 10 s for a request and 30 s of silence; behind a
 * proxy it is for the proxy to have limits.
 *
 * @throws {Deno.errors.AddrInUse} if somebody else listens at the port
 */
export function openHttpDoor(options: HttpDoorOptions, context: TrackerContext): Door {
  const { clientAddress = "connection" } = options;
  const clients = new HttpClients(context.addresses, clientAddress);
  const answering = {
    requests: new HttpRequests(context, clients),
    routes: openRoutes(options, { context, clients }),
  };
  const door = clientAddress === "connection"
    ? openWithFront(options, answering, context)
    : openBare(options, answering, context);
  const running = answering.routes.begin();
  return {
    ...door,
    close() {
      running[Symbol.dispose]();
      return door.close();
    },
  };
}

/** What answers those who come to the door. */
interface Answering {
  /** Answers announces and scrapes. */
  readonly requests: HttpRequests;
  /** Answers everything else. */
  readonly routes: Routes;
}

function answerBoth(
  { requests, routes }: Answering,
  request: Request,
  { host, expectBody }: { readonly host: string; readonly expectBody?: ExpectBody },
): Response | Promise<Response> {
  return isForTracker(request.url)
    ? toResponse(requests.answer(request, host))
    : routes.answer(request, host, expectBody);
}

function openBare(
  options: HttpDoorOptions,
  answering: Answering,
  context: TrackerContext,
): Door {
  const server: LastingServer = serve(options, {
    clock: context.clock,
    reopens: "at its port",
    failed: (error) => tellFailure(error, server.address, context),
    answer: (request, { hostname }) => answerBoth(answering, request, { host: hostname }),
    fail: (error) => answering.requests.fail(error),
  });
  const tls = options.tls !== undefined;
  return { name: "http", tls, address: server.address, close: () => server.close() };
}

function openWithFront(
  { host, port, tls, uploads }: HttpDoorOptions,
  answering: Answering,
  context: TrackerContext,
): Door {
  const { requests } = answering;
  const { addresses, clock, limits } = context;
  const outside = tls === undefined ? tcpTransport : tlsTransport({ identity: tls, addresses });
  const listener = filterTransport(outside, addresses).listen({ host, port });
  const cut = new AbortController();
  const answers = new PlainAnswers();
  try {
    const server = serve(WITHIN, {
      clock,
      // Somebody else may have taken the port meanwhile, and must not be sent what clients say.
      reopens: "at any port",
      failed: (error) => tellFailure(error, listener.address, context),
      answer(request, { hostname: host, port }) {
        // Others on this machine may have found the port.
        const place = { host, port };
        const remote = front.remoteAt(place);
        const expectBody = (bytes: number) => front.expectBody(place, bytes);
        return remote === undefined
          ? toResponse(notHere())
          : answerBoth(answering, request, { host: remote.host, expectBody });
      },
      fail: (error) => requests.fail(error),
    });
    const front = new HttpFront({
      ...{
        listener,
        clock,
        signal: cut.signal,
        transport: tcpTransport,
        server: () => server.address,
      },
      admits: (host) => addresses.admits(host),
      // What comes until it is known to be a file that is handed in.
      ...(uploads !== undefined && { unansweredBytes: MAX_UNEXPECTED_BYTES }),
      limits: { total: limits.connections, perAddress: limits.connectionsPerAddress },
      answerAtOnce(bytes, { host }) {
        const request = readPlainRequest(bytes);
        return request && answers.encode(requests.answer(request, host), clock.now());
      },
    });
    return {
      name: "http",
      tls: tls !== undefined,
      address: listener.address,
      async close() {
        listener.close();
        {
          // Whoever is being answered is, but not waited for long.
          using _cut = systemClock.setTimer(() => cut.abort(), LINGER_MS);
          await server.close();
          await front.carried();
        }
        cut.abort();
        await front.ended;
        await listener.ended?.();
      },
    };
  } catch (error) {
    listener.close();
    throw error;
  }
}

/** What answers the requests of a web server. */
interface Answerer {
  readonly clock: Clock;
  /** Where it listens again when it has ended. */
  readonly reopens: "at its port" | "at any port";
  readonly answer: (request: Request, remote: Deno.NetAddr) => Response | Promise<Response>;
  readonly fail: (error: unknown) => Answer;
  /** Is told why the server cannot listen again. */
  readonly failed: (error: unknown) => void;
}

function tellFailure(error: unknown, address: PeerAddress, { events }: TrackerContext): void {
  events.offer({ type: "door-failed", door: "http", address, error });
}

function serve(
  { host: hostname, port, tls }: HttpDoorOptions,
  { answer, fail, failed, clock, reopens }: Answerer,
): LastingServer {
  return serveHttp({
    ...{ port, clock, onFailure: failed },
    listen: (again) =>
      Deno.serve(
        {
          ...{ hostname, port: reopens === "at any port" ? 0 : again },
          ...tls,
          onListen() {},
          onError: (error) => toResponse(fail(error)),
        },
        (request, { remoteAddr }) => answer(request, remoteAddr),
      ),
  });
}
