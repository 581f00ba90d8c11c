import { HttpClients } from "../../../lib/tracker/server/http_clients.ts";
import { openRoutes } from "../../../lib/tracker/server/routes/open_routes.ts";
import { sampleHash, samplePeerId, sampleShape } from "../../tracker/sample_torrents.ts";
import { textOf } from "../mutate_text.ts";
import { requestOf } from "../request_of.ts";
import { type Attempt, checkLine, type FuzzTarget, promise } from "../target.ts";
import { openContext, promiseNoFault } from "../tracker_context.ts";

const utf8 = new TextEncoder();
const HASH = sampleHash(7);

/** Requests as lines: method and path, then headers. */
const REQUESTS = [
  "GET /api/v1/tracker\nhost: 127.0.0.1:6969",
  "GET /api/v1/history\nhost: localhost",
  "GET /api/v1/files?offset=0&limit=100&name=one\nhost: [::1]:6969",
  `GET /api/v1/files/${HASH}\nhost: localhost:6969\norigin: http://localhost:6969`,
  `GET /api/v1/files/${HASH}/peers?offset=1&limit=9007199254740991\nhost: localhost`,
  `GET /api/v1/files/${HASH}/availability\nhost: localhost\nsec-fetch-site: same-origin`,
  `GET /api/v1/files/${HASH}/torrent\nhost: localhost`,
  `GET /api/v1/events?file=${HASH}\nhost: a.localhost.`,
  "GET /TOKEN/api/v1/files\nhost: 127.0.0.1",
  "POST /api/v1/tracker\nhost: evil.example\norigin: null",
];

const STATUSES: ReadonlySet<number> = new Set([200, 400, 403, 404, 405]);

async function attempt(bytes: Uint8Array, token?: string): Promise<Attempt> {
  const context = openContext(token);
  const { registry } = context;
  const peer = registry.admit({ host: "10.0.0.1", port: 1, id: samplePeerId(1), agent: "x" });
  registry.report(peer, {
    ...{ infoHash: HASH, shape: sampleShape("one", 9) },
    held: { kind: "bitfield", bytes: new Uint8Array([0x81, 0]) },
  });
  const clients = new HttpClients(context.addresses, "connection");
  const routes = openRoutes({}, { context, clients });
  using _running = routes.begin();
  const response = await routes.answer(requestOf(textOf(bytes).split("\n")), "127.0.0.1");
  promise(STATUSES.has(response.status), `the status is ${response.status}`);
  const made = await answerOf(response);
  context.events.end();
  await promiseNoFault(context.events.readable);
  return made;
}

/** What an answer says: JSON, which is a refusal in one line or not, a page, or a stream of events. */
async function answerOf(response: Response): Promise<Attempt> {
  const type = response.headers.get("content-type") ?? "";
  if (type === "text/event-stream") {
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return { outcome: "accepted", ...(value && { made: value }) };
  }
  const made = new Uint8Array(await response.arrayBuffer());
  if (type !== "application/json") {
    return { outcome: response.status === 200 ? "accepted" : "refused", made };
  }
  const value = JSON.parse(new TextDecoder().decode(made));
  if (response.status === 200) return { outcome: "accepted", made };
  promise(typeof value.error === "string", "a refusal has no error");
  checkLine(value.error);
  return { outcome: "refused", made };
}

/** The HTTP API: requests with any URL and any headers. */
export const TRACKER_API: FuzzTarget = {
  quick: 300,
  kinds: {
    open: {
      form: "text",
      corpus: REQUESTS.map((text) => utf8.encode(text)),
      attempt: (bytes) => attempt(bytes),
    },
    token: {
      form: "text",
      corpus: REQUESTS.map((text) => utf8.encode(text)),
      attempt: (bytes) => attempt(bytes, "TOKEN"),
    },
  },
};
