import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { Assets, type AssetTable, PEER_TABLE, TRACKER_TABLE } from "../../../lib/web/page/mod.ts";

const FOLDER = new URL("../../../lib/web/page/", import.meta.url);

/** Tables of whole pages, and the folder in which what is theirs alone lies. */
const PAGES: Readonly<Record<string, AssetTable>> = {
  peer: PEER_TABLE,
  tracker: TRACKER_TABLE,
};

async function filesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(`${folder}/`, FOLDER)));
  return entries.map(({ name }) => `${folder}/${name}`);
}

function request(method: string, headers: HeadersInit = {}): Request {
  return new Request("http://127.0.0.1/", { method, headers });
}

function textOf(table: AssetTable, path: string): string {
  return table[path]?.text ?? "";
}

/** The modules that a module loads, by what stands in its import declarations. */
function importsOf(source: string): string[] {
  const declarations = source.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"/gm);
  return declarations.map(([, specifier = ""]) => specifier).toArray();
}

for (const [name, table] of Object.entries(PAGES)) {
  const page = textOf(table, "");
  const importMap = JSON.parse(
    /<script type="importmap">([^]*?)<\/script>/.exec(page)?.[1] ?? "{}",
  );

  Deno.test(`page of a ${name}: every file of its folders is served as it is written`, async () => {
    for (const file of [...await filesIn("shared"), ...await filesIn(name)]) {
      const path = file.endsWith("/index.html") ? "" : `assets/${file}`;
      assertEquals(textOf(table, path), await Deno.readTextFile(new URL(file, FOLDER)), file);
    }
  });

  Deno.test(`page of a ${name}: whatever it loads is in its table`, () => {
    const loaded = page.matchAll(/(?:href|src)="(assets\/[^"]+)"/g).map(([, path]) => path)
      .toArray();
    assert(loaded.length > 2);
    for (const path of loaded) assert(path !== undefined && path in table, path);
    for (const [path, { type, text }] of Object.entries(table)) {
      if (type !== "js") continue;
      for (const specifier of importsOf(text)) {
        const target = importMap.imports[specifier] ?? specifier;
        const base = target === specifier ? `http://page/${path}` : "http://page/";
        const found = new URL(target, base).pathname.slice(1);
        assert(found in table, `${path} loads ${specifier}, which is not there`);
      }
    }
  });

  Deno.test(`page of a ${name}: nothing of it is loaded from elsewhere`, () => {
    for (const [path, { text }] of Object.entries(table)) {
      if (path.startsWith("assets/lib/")) continue;
      const urls = text.matchAll(/\b(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}[^\s"'`)]*/g)
        .map(([url]) => url)
        // The name of a language, which nobody loads.
        .filter((url) => url !== "http://www.w3.org/2000/svg");
      assertEquals(urls.toArray(), [], path);
      assertNotMatch(text, /@import|url\((?!data:)/, path);
    }
  });

  Deno.test(`page of a ${name}: its policy lets nothing run but its own scripts`, async () => {
    const assets = await Assets.of(table);
    const policy = assets.answer(request("GET"), "").headers.get("content-security-policy") ?? "";
    const script = /<script type="importmap">([^]*?)<\/script>/.exec(page)?.[1] ?? "";
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
    const expected = btoa(String.fromCharCode(...new Uint8Array(hash)));
    assertEquals(policy.split("; "), [
      "default-src 'none'",
      `script-src 'self' 'sha256-${expected}'`,
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "connect-src 'self'",
      "media-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    assertNotMatch(page, /\son\w+=|\sstyle=|<style/, "the policy forbids it");
  });

  Deno.test(`page of a ${name}: each part has its type, and is for no other origin`, async () => {
    const assets = await Assets.of(table);
    for (const path of assets.paths) {
      const { status, headers } = assets.answer(request("GET"), path);
      assertEquals(status, 200, path);
      const type = path === "" ? "html" : path.endsWith(".css") ? "css" : "javascript";
      assertEquals(headers.get("content-type"), `text/${type}; charset=utf-8`, path);
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
      assertEquals(headers.get("referrer-policy"), "no-referrer");
    }
  });
}

const SMALL: AssetTable = {
  "": { type: "html", text: "<!doctype html>" },
  "assets/a.js": { type: "js", text: "export const length = '\u00fc';" },
};

Deno.test("assets: what a browser has is asked for again, and not sent again", async () => {
  const assets = await Assets.of(SMALL);
  const first = assets.answer(request("GET"), "assets/a.js");
  const tag = first.headers.get("etag") ?? "";
  assertMatch(tag, /^"[0-9a-f]{32}"$/);
  assertEquals(first.headers.get("cache-control"), "no-cache");
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
    const again = assets.answer(request("GET", { "if-none-match": known }), "assets/a.js");
    assertEquals([again.status, await again.text()], [304, ""], known);
    assertEquals(again.headers.get("etag"), tag);
  }
  const other = assets.answer(request("GET", { "if-none-match": '"other"' }), "assets/a.js");
  assertEquals([other.status, await other.text()], [200, textOf(SMALL, "assets/a.js")]);
  const page = assets.answer(request("GET"), "");
  assert(page.headers.get("etag") !== tag, "two texts have one tag");
});

Deno.test("assets: HEAD tells what GET would, without the text", async () => {
  const assets = await Assets.of(SMALL);
  const [get, head] = ["GET", "HEAD"].map((method) =>
    assets.answer(request(method), "assets/a.js")
  );
  assertEquals([...head?.headers ?? []], [...get?.headers ?? []]);
  assertEquals(head?.headers.get("content-length"), String((await get?.bytes())?.length));
  assertEquals(await head?.text(), "");
});

Deno.test("assets: what is not there, and what is not asked for so, is refused", async () => {
  const assets = await Assets.of(SMALL);
  for (const path of ["assets/b.js", "assets/", "constructor", "assets/../assets/a.js"]) {
    assertEquals(assets.answer(request("GET"), path).status, 404, path);
  }
  const refused = assets.answer(request("POST"), "assets/a.js");
  assertEquals([refused.status, refused.headers.get("allow")], [405, "GET, HEAD"]);
});

Deno.test("assets: a script is allowed however the lines of its page end", async () => {
  const policies = ["\n", "\r\n"].map(async (end) => {
    const text = ["<!doctype html>", "<script>", "1;", "</script>"].join(end);
    const assets = await Assets.of({ "": { type: "html", text } });
    return assets.answer(request("GET"), "").headers.get("content-security-policy");
  });
  const [unix, windows] = await Promise.all(policies);
  assertMatch(unix ?? "", /'sha256-/);
  assertEquals(windows, unix);
});
