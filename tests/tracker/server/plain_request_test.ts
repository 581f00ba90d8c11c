import { assert, assertEquals, assertLess } from "@std/assert";
import { tcpTransport } from "../../../lib/net/mod.ts";
import { MAX_PLAIN_REQUEST_BYTES } from "../../../lib/tracker/limits.ts";
import { openHttpDoor } from "../../../lib/tracker/server/open_http_door.ts";
import { PlainAnswers, readPlainRequest } from "../../../lib/tracker/server/plain_request.ts";
import { eventsOf, sampleContext } from "./sample_context.ts";

const utf8 = new TextEncoder();

function read(text: string) {
  return readPlainRequest(utf8.encode(text));
}

/** What clients of trackers send, as far as it matters. */
const PLAIN: Readonly<Record<string, string>> = {
  "a request with its host": "GET /announce?a=%00 HTTP/1.1\r\nHost: t.example:80\r\n\r\n",
  "headers without a meaning here":
    "GET /scrape HTTP/1.1\r\nUser-Agent: x/1.0\r\nAccept: */*\r\nHost: t.example:80\r\nAccept-Encoding: gzip\r\n\r\n",
  "a connection that is to be kept":
    "GET /x/announce HTTP/1.1\r\nhost:t.example:80\r\nconnection: Keep-Alive\r\n\r\n",
};

/** Requests that mean something else than they seem to, or what is for the web server to know. */
const OTHERS: Readonly<Record<string, string>> = {
  "nothing": "",
  "half a request": "GET /announce HTTP/1.1\r\nhost: a\r\n",
  "another method": "POST /announce HTTP/1.1\r\nhost: a\r\n\r\n",
  "a method in small letters": "get /announce HTTP/1.1\r\nhost: a\r\n\r\n",
  "another version": "GET /announce HTTP/1.0\r\nhost: a\r\n\r\n",
  "no host": "GET /announce HTTP/1.1\r\naccept: */*\r\n\r\n",
  "two hosts": "GET /announce HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
  "a whole URL": "GET http://a/announce HTTP/1.1\r\nhost: a\r\n\r\n",
  "a fragment": "GET /announce#x HTTP/1.1\r\nhost: a\r\n\r\n",
  "a space in the target": "GET /announce ?x HTTP/1.1\r\nhost: a\r\n\r\n",
  "a byte that is no ASCII": "GET /announce?\u00e9 HTTP/1.1\r\nhost: a\r\n\r\n",
  "a control character": "GET /announce HTTP/1.1\r\nhost: a\u0000\r\n\r\n",
  "lines that end with a line feed": "GET /announce HTTP/1.1\nhost: a\n\n",
  "a line that goes on": "GET /announce HTTP/1.1\r\nhost: a\r\n b\r\n\r\n",
  "a space before a colon": "GET /announce HTTP/1.1\r\nhost : a\r\n\r\n",
  "a length": "GET /announce HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n",
  "a coding": "GET /announce HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n",
  "an end of the connection": "GET /announce HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
  "another protocol": "GET /announce HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\n\r\n",
  "an expectation": "GET /announce HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\r\n",
  "two requests": "GET /announce HTTP/1.1\r\nhost: a\r\n\r\n".repeat(2),
  "something behind it": "GET /announce HTTP/1.1\r\nhost: a\r\n\r\nx",
  "a client that a proxy names": "GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 1.2.3.4\r\n\r\n",
  "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
};

for (const [what, text] of Object.entries(PLAIN)) {
  Deno.test({
    name: `readPlainRequest() reads ${what}`,
    permissions: "none",
    fn() {
      const request = read(text);
      assert(request !== undefined);
      assertEquals(request.headers.get("host"), "t.example:80");
      assertEquals(request.headers.get("x-forwarded-for"), null);
      assertEquals(request.url, `http://door${text.split(" ")[1]}`);
      for (let cut = 0; cut < text.length; cut++) assertEquals(read(text.slice(0, cut)), undefined);
    },
  });
}

for (const [what, text] of Object.entries(OTHERS)) {
  Deno.test({
    name: `readPlainRequest() leaves ${what} to the web server`,
    permissions: "none",
    fn: () => assertEquals(read(text), undefined),
  });
}

Deno.test({
  name: "readPlainRequest() reads 4,096 bytes, and leaves more to the web server",
  permissions: "none",
  fn() {
    const request = (length: number) => {
      const rest = " HTTP/1.1\r\nhost: a\r\n\r\n";
      return `GET /${"a".repeat(length - rest.length - 5)}${rest}`;
    };
    assertEquals(request(MAX_PLAIN_REQUEST_BYTES).length, 4_096);
    assert(read(request(MAX_PLAIN_REQUEST_BYTES)) !== undefined);
    assertEquals(read(request(MAX_PLAIN_REQUEST_BYTES + 1)), undefined);
  },
});

Deno.test({
  name: "readPlainRequest() is quick to see that a request with many headers is none",
  permissions: "none",
  fn() {
    const lines = `a: ${"x".repeat(200)}\r\n`.repeat(18);
    const bytes = utf8.encode(`GET / HTTP/1.1\r\n${lines}`);
    const startMs = performance.now();
    for (let time = 0; time < 500; time++) assertEquals(readPlainRequest(bytes), undefined);
    // Tried in all ways that a careless pattern has, it takes 10 s and more.
    assertLess(performance.now() - startMs, 2_000);
  },
});

Deno.test({
  name: "PlainAnswers writes answers with status 200 alone, with their length and the date",
  permissions: "none",
  fn() {
    const answers = new PlainAnswers();
    const bytes = answers.encode({ status: 200, body: new Uint8Array(utf8.encode("de")) }, 0);
    const text = new TextDecoder().decode(bytes);
    assertEquals(
      text.replace(/date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/, "date: NOW"),
      "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\ndate: NOW\r\n\r\nde",
    );
    assertEquals(answers.encode({ status: 404, body: "none" }, 0), undefined);
  },
});

/** Sends requests one after the other on one connection, and gives what is answered to each. */
async function askAll(host: string, port: number, requests: readonly string[]): Promise<string[]> {
  using connection = await tcpTransport.dial({ host, port });
  const writer = connection.writable.getWriter();
  const reader = connection.readable.getReader();
  const answers = [];
  for (const request of requests) {
    await writer.write(utf8.encode(request));
    let text = "";
    while (!/\r\n\r\n.+/s.test(text)) {
      const { value } = await reader.read();
      if (value === undefined) throw new Error(`the connection ended after ${text}`);
      text += new TextDecoder().decode(value);
    }
    answers.push(text.slice(text.indexOf("\r\n\r\n") + 4));
  }
  return answers;
}

Deno.test("A plain request is answered as the web server answers it, also on the same connection", async () => {
  const context = sampleContext();
  const door = openHttpDoor({ host: "127.0.0.1", port: 0 }, context);
  const { host, port } = door.address;
  const hash = "%05%ff%61%62%63%00%01%02%03%04%05%06%07%08%09%0a%0b%0c%0d%0e";
  const peer = "&peer_id=-XX0001-123456789012&port=7000&uploaded=0&downloaded=0&left=1";
  const targets = [
    `/announce?info_hash=${hash}${peer}&compact=1`,
    `/scrape?info_hash=${hash}`,
    "/announce?nothing",
    "/x/announce",
  ];
  const ask = (header: string) =>
    askAll(
      host,
      port,
      targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: h\r\n${header}\r\n`),
    );
  const varying = /interval.*?e/g; // differs from one answer to the next on purpose
  const plain = (await ask("")).map((text) => text.replace(varying, ""));
  const other = (await ask("X-Else: 1\r\n")).map((text) => text.replace(varying, ""));
  assertEquals(plain, other);
  assertEquals(plain[1]?.includes("incompletei1e"), true);
  const [there, missing] = await askAll(host, port, [
    `GET ${targets[1]} HTTP/1.1\r\nHost: h\r\n\r\n`,
    "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n",
  ]);
  assertEquals([there, missing], [plain[1], "There is nothing here\n"]);
  await door.close();
  assertEquals((await eventsOf(context)).filter(({ type }) => type === "fault"), []);
});
