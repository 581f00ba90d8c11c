/** Headers of everything that a page asks for: not to be kept, not to be taken for something else. */
const HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** An answer in words. */
export function textResponse(status: number, text: string): Response {
  return new Response(text, {
    status,
    headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8" },
  });
}

/** An answer as JSON (RFC 8259). */
export function jsonResponse(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...HEADERS, "content-type": "application/json" },
  });
}

/** An answer of an API that refuses something: a sentence with the way out, as JSON. */
export function errorResponse(status: number, error: string): Response {
  return jsonResponse({ error }, status);
}

/** The answer to a method that is not spoken, with those that are. */
export function methodRefused(...methods: readonly string[]): Response {
  const response = textResponse(405, `Only ${methods.join(" and ")} is answered here\n`);
  response.headers.set("allow", methods.join(", "));
  return response;
}
