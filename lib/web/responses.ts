/** Headers of everything that a page asks for: not to be kept, not to be taken for something else. */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** What an answer is made of, with the headers that all answers have. */
export interface Content {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly status?: number;
  /** Other headers. */
  readonly more?: Readonly<Record<string, string>>;
}

/** An answer of any type. */
export function contentResponse({ body, type, status = 200, more }: Content): Response {
  return new Response(body, { status, headers: { ...HEADERS, "content-type": type, ...more } });
}

/** An answer in words. */
export function textResponse(status: number, text: string): Response {
  return contentResponse({ body: text, type: "text/plain; charset=utf-8", status });
}

/** An answer as JSON (RFC 8259). */
export function jsonResponse(value: unknown, status = 200): Response {
  return contentResponse({ body: JSON.stringify(value), type: "application/json", status });
}

/** An answer of an API that refuses something: a sentence with the way out, as JSON. */
export function errorResponse(status: number, error: string): Response {
  return jsonResponse({ error }, status);
}

/** The answer to a method that is not spoken, with those that are. */
export function methodRefused(...methods: readonly string[]): Response {
  return allowing(methods, textResponse(405, `${only(methods)}\n`));
}

/** The same of an API. */
export function apiMethodRefused(...methods: readonly string[]): Response {
  return allowing(methods, errorResponse(405, only(methods)));
}

/** The value of `content-disposition` for what is to be kept under a name (RFC 6266), which may be any text. */
export function asAttachment(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]/g, "_");
  return `attachment; filename="${plain}"; filename*=${encodeParameter(name)}`;
}

/** Any text as the value of a parameter whose name ends with `*` (RFC 8187, 3.2). */
export function encodeParameter(text: string): string {
  const encoded = encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  return `UTF-8''${encoded}`;
}

function only(methods: readonly string[]): string {
  return `Only ${methods.join(" and ")} is answered here`;
}

function allowing(methods: readonly string[], response: Response): Response {
  response.headers.set("allow", methods.join(", "));
  return response;
}
