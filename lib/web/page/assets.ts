import { encodeHex } from "@std/encoding/hex";
import { methodRefused, textResponse } from "../responses.ts";

/** A text that a page is made of. */
export interface AssetText {
  readonly type: "css" | "html" | "js";
  readonly text: string;
}

/** The texts of a page by their paths, which are relative to that of the page; that of the page is empty. */
export type AssetTable = Readonly<Record<string, AssetText>>;

/** A text as it is answered. */
interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

const TYPES: Readonly<Record<AssetText["type"], string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/** How many bytes of a hash make an entity tag. */
const TAG_LENGTH = 16;

/**
 * A page and all that it loads, held in memory. Browsers may keep it, but ask each time whether it is
 * still so (RFC 9110, 13.1.2), and run nothing that is not part of it (Content Security Policy Level 3).
 */
export class Assets {
  readonly #assets: ReadonlyMap<string, Asset>;

  private constructor(assets: ReadonlyMap<string, Asset>) {
    this.#assets = assets;
  }

  /** Prepares the texts of a table. */
  static async of(table: AssetTable): Promise<Assets> {
    const assets = new Map<string, Asset>();
    for (const [path, asset] of Object.entries(table)) assets.set(path, await prepare(asset));
    return new Assets(assets);
  }

  /** The paths there are, relative to the page. */
  get paths(): string[] {
    return [...this.#assets.keys()];
  }

  /** Answers a request for what is at a path relative to the page. */
  answer(request: Pick<Request, "method" | "headers">, path: string): Response {
    const asset = this.#assets.get(path);
    if (asset === undefined) return textResponse(404, "There is nothing here\n");
    const { method, headers: asked } = request;
    if (method !== "GET" && method !== "HEAD") return methodRefused("GET", "HEAD");
    const { body, headers } = asset;
    if (isKnown(asked.get("if-none-match"), headers.etag ?? "")) {
      return new Response(null, { status: 304, headers });
    }
    return new Response(method === "HEAD" ? null : body, {
      headers: { ...headers, "content-length": String(body.length) },
    });
  }
}

async function prepare({ type, text }: AssetText): Promise<Asset> {
  const body = new Uint8Array(new TextEncoder().encode(text));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const policy = type === "html" ? { "content-security-policy": await policyOf(text) } : {};
  return {
    body,
    headers: {
      ...policy,
      "cache-control": "no-cache",
      "content-type": TYPES[type],
      "cross-origin-resource-policy": "same-origin",
      "etag": `"${encodeHex(hash.subarray(0, TAG_LENGTH))}"`,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  };
}

/** What a page may load and do: what comes from its own origin, and the scripts that stand in it. */
async function policyOf(html: string): Promise<string> {
  // A browser hashes what it has parsed, in which each line ends by one character (HTML, 13.2.3.5).
  const parsed = html.replaceAll("\r\n", "\n");
  const scripts = parsed.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([^]*?)<\/script>/g);
  const hashes = await Promise.all(scripts.map(([, script = ""]) => sourceHash(script)).toArray());
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes].join(" "),
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "media-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** The hash by which a script that stands in a page is allowed (Content Security Policy Level 3, 2.3.1). */
async function sourceHash(script: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}'`;
}

/** Whether one of the tags in `If-None-Match` is this one, by the weak comparison (RFC 9110, 8.8.3.2). */
function isKnown(told: string | null, tag: string): boolean {
  if (told === null) return false;
  return told.trim() === "*" ||
    told.split(",").some((each) => each.trim().replace(/^W\//, "") === tag);
}
