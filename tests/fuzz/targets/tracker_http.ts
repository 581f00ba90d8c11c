import { decode } from "../../../lib/bencode/mod.ts";
import { HttpRequests, toResponse } from "../../../lib/tracker/server/http_door.ts";
import { HttpClients } from "../../../lib/tracker/server/http_clients.ts";
import { readPlainRequest } from "../../../lib/tracker/server/plain_request.ts";
import { LocalAddresses } from "../../../lib/net/mod.ts";
import type { TrackerContext } from "../../../lib/tracker/server/context.ts";
import { sampleHash, samplePeerId } from "../../tracker/sample_torrents.ts";
import { textOf } from "../mutate_text.ts";
import { requestOf } from "../request_of.ts";
import { type Attempt, checkLine, type FuzzTarget, promise } from "../target.ts";
import { openContext, promiseNoFault } from "../tracker_context.ts";

const utf8 = new TextEncoder();

/** Bytes of an answer at most: the most peers as dictionaries. */
const MAX_ANSWER = 32 * 1024;

function escaped(hex: string): string {
  return hex.replace(/../g, "%$&");
}

function announce(number: number, more = ""): string {
  return `/announce?info_hash=${escaped(sampleHash(7))}&peer_id=${escaped(samplePeerId(number))}` +
    `&port=${6_000 + number}&uploaded=0&downloaded=0&left=1${more}`;
}

/** Requests as lines: method and path, then headers. */
const REQUESTS = [
  `GET ${announce(2)}`,
  `GET ${announce(2, "&compact=0&no_peer_id=1&numwant=200&event=started&key=8d2ef3a1")}`,
  `GET ${announce(2, "&ip=192.0.2.9&ipv6=2001:db8::7&event=completed&supportcrypto=1")}`,
  `GET /scrape?info_hash=${escaped(sampleHash(7))}&info_hash=aaaaaaaaaaaaaaaaaaaa`,
  `GET ${announce(2, "&event=stopped")}\nx-forwarded-for: 192.0.2.8, 2001:db8::9`,
  `GET /TOKEN${announce(2)}\nhost: [2001:db8::7]:6969`,
  "HEAD /announce",
  "POST /metrics\nhost: tracker.example",
];

async function bodyOf(answer: Response | Promise<Response>): Promise<[number, Uint8Array]> {
  const response = await answer;
  return [response.status, new Uint8Array(await response.arrayBuffer())];
}

/** What an answer says; it is a reply, a failure of one line, or plain text with another status. */
function check([status, body]: readonly [number, Uint8Array]): Attempt {
  promise([200, 404, 405].includes(status), `the status is ${status}`);
  promise(body.length <= MAX_ANSWER, `the answer has ${body.length} bytes`);
  if (status !== 200) return { outcome: "refused" };
  const reply = decode(body);
  const reason = reply instanceof Map ? reply.get("failure reason") : undefined;
  if (!(reason instanceof Uint8Array)) return { outcome: "accepted", made: body };
  checkLine(new TextDecoder().decode(reason));
  return { outcome: "refused", made: body };
}

async function attempt(bytes: Uint8Array, context: TrackerContext): Promise<Attempt> {
  const requests = new HttpRequests(
    context,
    new HttpClients(context.addresses, "x-forwarded-for"),
    new LocalAddresses(() => []),
  );
  const direct = new HttpRequests(
    context,
    new HttpClients(context.addresses, "connection"),
    new LocalAddresses(() => []),
  );
  const request = requestOf(textOf(bytes).split("\n"));
  check(await bodyOf(toResponse(requests.answer(request, "10.0.0.1"))));
  const outcome = check(await bodyOf(toResponse(direct.answer(request, "::ffff:192.0.2.2"))));
  const { registry, gate } = context;
  promise(registry.peers.size <= 2 && registry.swarms.size <= 2, "it is more than one peer");
  const token = gate.isOpen ? "" : "/TOKEN";
  const good = { url: `http://h${token}${announce(3)}`, method: "GET", headers: new Headers() };
  const answer = check(await bodyOf(toResponse(direct.answer(good as Request, "192.0.2.3"))));
  promise(answer.outcome === "accepted", "the good one is not served");
  context.events.end();
  await promiseNoFault(context.events.readable);
  return outcome;
}

/** Header lines of a request, the end of its head, and what may not come behind it. */
const BODY_HEADER = /^(?:content-length|transfer-encoding|upgrade|expect|trailer)[ \t]*:/im;

/** What is answered without the web server is one whole request without a body, answered as by it. */
async function attemptPlain(bytes: Uint8Array, context: TrackerContext): Promise<Attempt> {
  const request = readPlainRequest(bytes);
  if (request === undefined) return { outcome: "refused" };
  const text = textOf(bytes);
  promise(text.indexOf("\r\n\r\n") === text.length - 4, "something follows the request");
  promise(!BODY_HEADER.test(text), "it may have a body");
  promise(text.startsWith("GET /"), "it is no GET");
  const direct = new HttpRequests(
    context,
    new HttpClients(context.addresses, "connection"),
    new LocalAddresses(() => []),
  );
  const outcome = check(await bodyOf(toResponse(direct.answer(request, "192.0.2.2"))));
  context.events.end();
  await promiseNoFault(context.events.readable);
  return outcome;
}

/** The HTTP door: requests with any URL and any headers, and the bytes of plain ones. */
export const TRACKER_HTTP: FuzzTarget = {
  quick: 300,
  kinds: {
    open: {
      form: "text",
      corpus: REQUESTS.map((text) => utf8.encode(text)),
      attempt: (bytes) => attempt(bytes, openContext()),
    },
    plain: {
      form: "text",
      corpus: REQUESTS.map((text) => {
        const [line = "", ...headers] = text.split("\n");
        return utf8.encode([`${line} HTTP/1.1`, "host: a", ...headers, "", ""].join("\r\n"));
      }),
      attempt: (bytes) => attemptPlain(bytes, openContext()),
    },
    token: {
      form: "text",
      corpus: REQUESTS.map((text) => utf8.encode(text)),
      attempt: (bytes) => attempt(bytes, openContext("TOKEN")),
    },
  },
};
