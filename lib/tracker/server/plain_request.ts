import { MAX_PLAIN_REQUEST_BYTES } from "../limits.ts";
import type { Answer, Asked } from "./http_door.ts";

/**
 * A request line and header lines as clients of trackers send them, and nothing behind them. No two parts
 * of it match the same byte, so that it is never tried in several ways.
 */
const PLAIN = /^GET (\/[!-"$-~]*) HTTP\/1\.1\r\n((?:[A-Za-z-]+:[ -~]*\r\n)+)\r\n$/;

/** Header lines that change nothing of how a request is answered here. */
const HARMLESS = new Set([
  ...["accept", "accept-encoding", "accept-language", "cache-control", "pragma", "user-agent"],
]);

const latin1 = new TextDecoder("latin1");
const utf8 = new TextEncoder();

/**
 * Reads the plainest form of a request by HTTP: one `GET` that came whole and alone, with header lines
 * that mean nothing for its answer. Gives nothing of any other: a web server understands it, and this
 * does not try to.
 */
export function readPlainRequest(bytes: Uint8Array): Asked | undefined {
  if (bytes.length > MAX_PLAIN_REQUEST_BYTES) return undefined;
  const [, target, lines = ""] = PLAIN.exec(latin1.decode(bytes)) ?? [];
  if (target === undefined) return undefined;
  let host: string | undefined;
  for (const line of lines.split("\r\n")) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "host" && host === undefined) host = value;
    else if (name === "connection" && value.toLowerCase() === "keep-alive") continue;
    else if (!HARMLESS.has(name)) return undefined;
  }
  if (host === undefined) return undefined;
  return {
    method: "GET",
    url: `http://door${target}`,
    headers: { get: (name) => name === "host" ? host : null },
  };
}

/** Writes answers with status 200. */
export class PlainAnswers {
  #date = "";
  #dateMs = -Infinity;

  /** The bytes of an answer with status 200 that leaves the connection open; nothing of another one. */
  encode(
    { status, body }: Pick<Answer, "status" | "body">,
    nowMs: number,
  ): Uint8Array<ArrayBuffer> | undefined {
    if (status !== 200 || typeof body === "string") return undefined;
    if (nowMs - this.#dateMs >= 1_000) {
      this.#dateMs = nowMs;
      this.#date = new Date().toUTCString();
    }
    const head = utf8.encode(
      "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n" +
        `content-length: ${body.length}\r\ndate: ${this.#date}\r\n\r\n`,
    );
    const bytes = new Uint8Array(head.length + body.length);
    bytes.set(head);
    bytes.set(body, head.length);
    return bytes;
  }
}
