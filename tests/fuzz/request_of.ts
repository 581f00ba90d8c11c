/** A request, from its method and path and then its headers, with a URL as it came: the runtime would tidy it. */
export function requestOf(lines: readonly string[]): Request {
  const [method = "GET", path = ""] = lines[0]?.split(" ", 2) ?? [];
  const headers = new Headers();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    try {
      headers.append(line.slice(0, colon), line.slice(colon + 1));
    } catch {
      // The server of the runtime would not have let it through either.
    }
  }
  return { url: `http://tracker.example${path}`, method, headers } as Request;
}
