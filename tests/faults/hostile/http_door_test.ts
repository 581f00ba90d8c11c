import { assert, assertEquals, assertLess } from "@std/assert";
import { randomBytes, seededRandom } from "../../bytes/seeded_random.ts";
import { Scene } from "../../e2e/scene.ts";
import { timeAtAllDoors, timeAtDoor } from "./good_client.ts";
import { assertSound } from "./sound.ts";
import { CAN_MEASURE, eventually, tell, usageOf } from "./usage.ts";

const ascii = new TextEncoder();

/** A query that the door answers, without the space and the protocol behind it. */
const ANNOUNCE = `/announce?info_hash=${"h".repeat(20)}&peer_id=${"p".repeat(20)}&port=1&left=1`;

/** The door closes each connection sooner than this when it has nothing more to answer. */
const CLOSED_WITHIN_MS = 5_000;

/** What one connection sends; the door may answer what it likes, and must go on. */
const ATTACKS: Record<string, readonly (string | Uint8Array)[]> = {
  "both a length and chunks": [
    `GET ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\ncontent-length: 44\r\ntransfer-encoding: chunked\r\n\r\n`,
    "0\r\n\r\nGET /announce?smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
  ],
  "two lengths": [
    `GET ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ncontent-length: 30\r\n\r\n`,
    "GET /x HTTP/1.1\r\nhost: a\r\n\r\n",
  ],
  "a transfer encoding in disguise": [
    `POST ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
    `POST ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\ntransfer-encoding:\tchunked\r\n\r\n0\r\n\r\n`,
  ],
  "chunks of rubbish": [
    `GET ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n`,
    "zz\r\nhello\r\nffffffffffffffffff\r\n\r\n-1\r\n",
  ],
  "a body that it announces and does not send": [
    `GET ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999\r\n\r\nabc`,
  ],
  "a body of a megabyte": [
    `POST ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n`,
    new Uint8Array(1_000_000),
  ],
  "lines without returns": [`GET ${ANNOUNCE} HTTP/1.1\nhost: a\n\n`],
  "a header that is folded": [`GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n`],
  "a header with a NUL": [`GET / HTTP/1.1\r\nhost: a\0b\r\n\r\n`],
  "no host": [`GET ${ANNOUNCE} HTTP/1.1\r\n\r\n`],
  "a host that is none": [`GET ${ANNOUNCE} HTTP/1.1\r\nhost: [::1\r\n\r\n`],
  "another server's address": [`GET http://other.example${ANNOUNCE} HTTP/1.1\r\nhost: a\r\n\r\n`],
  "a tunnel": ["CONNECT other.example:80 HTTP/1.1\r\nhost: other.example\r\n\r\n"],
  "a star": ["OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n"],
  "an old protocol": [`GET ${ANNOUNCE} HTTP/1.0\r\n\r\n`],
  "a protocol of its own": [`GET ${ANNOUNCE} HTTP/9.9\r\nhost: a\r\n\r\n`],
  "no protocol": [`GET ${ANNOUNCE}\r\n\r\n`],
  "a method of its own": [`${"G".repeat(10_000)} / HTTP/1.1\r\nhost: a\r\n\r\n`],
  "a path of 100,000 bytes": [`GET /${"a".repeat(100_000)} HTTP/1.1\r\nhost: a\r\n\r\n`],
  "a query of 100,000 bytes": [
    `GET ${ANNOUNCE}&x=${"a".repeat(60_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
  ],
  "ten thousand parameters": [
    `GET ${ANNOUNCE}${"&a=b".repeat(10_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
  ],
  "a huge header": [`GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(1_000_000)}\r\n\r\n`],
  "ten thousand headers": [`GET / HTTP/1.1\r\nhost: a\r\n${"x: y\r\n".repeat(10_000)}\r\n`],
  "an upgrade": [
    `GET ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
    "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n",
  ],
  "HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", new Uint8Array(9), new Uint8Array(100)],
  "the beginning of TLS": [Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0, 1, 0, 1, 0xfc, 3, 3)],
  "rubbish": [randomBytes(seededRandom(1), 100_000)],
  "nothing but line ends": ["\r\n".repeat(10_000)],
  "a thousand requests at once": [`GET ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(1_000)],
};

/** Sends it all, ends its side, and gives what came until the other side closed. */
async function attack(port: number, parts: readonly (string | Uint8Array)[]): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const reading = readAll(conn);
  try {
    for (const part of parts) {
      const bytes = typeof part === "string" ? ascii.encode(part) : part;
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    }
    await conn.closeWrite();
  } catch {
    // It was closed on the way.
  }
  using _timer = closingSoon(conn);
  return await reading;
}

function closingSoon(conn: Deno.TcpConn): Disposable {
  const timer = setTimeout(() => conn.close(), CLOSED_WITHIN_MS);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
}

async function readAll(conn: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  try {
    for (let count; (count = await conn.read(buffer)) !== null;) {
      text += String.fromCharCode(...buffer.subarray(0, count));
    }
  } catch {
    // A reset, or that it was closed here, ends it as well.
  }
  return text;
}

Deno.test("hostile: whatever is sent to the HTTP door, it stays up and others are served", async (t) => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const port = Number(new URL(tracker.urls.http).port);
  await timeAtDoor("http", tracker);
  const before = CAN_MEASURE ? await usageOf(tracker.process.pid) : undefined;
  let longestMs = 0;
  for (const [what, parts] of Object.entries(ATTACKS)) {
    await t.step(what, async () => {
      const answers = attack(port, parts);
      longestMs = Math.max(longestMs, await timeAtDoor("http", tracker));
      const text = await answers;
      // Whatever it answers is HTTP, of which the runtime speaks the second version, too.
      if (what !== "HTTP/2") assert(text === "" || text.startsWith("HTTP/1."), text.slice(0, 80));
      assertEquals(/\n\s+at /.test(text), false, text);
    });
  }
  tell(`a good client at the HTTP door waited for ${Math.round(longestMs)} ms at most`);
  assertLess(longestMs, 5_000);
  assertLess(await timeAtAllDoors(tracker), 5_000);
  if (before !== undefined) {
    await eventually(
      "descriptors are back at the baseline",
      async () => (await usageOf(tracker.process.pid)).descriptors <= before.descriptors,
    );
  }
  assertSound(tracker.process);
});

Deno.test("hostile: a thousand requests that are sent at once are all answered", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const port = Number(new URL(tracker.urls.http).port);
  const request = `GET ${ANNOUNCE} HTTP/1.1\r\nhost: a\r\n`;
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const reading = readAll(conn);
  const bytes = ascii.encode(`${request}\r\n`.repeat(999) + `${request}connection: close\r\n\r\n`);
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  assertEquals((await reading).split("HTTP/1.1 200 OK").length - 1, 1_000);
  assertSound(tracker.process);
});

Deno.test("hostile: a header without an end is cut off before it fills the memory", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  using conn = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(tracker.urls.http).port),
  });
  const reading = readAll(conn);
  const line = ascii.encode(`x: ${"y".repeat(16_000)}\r\n`);
  let sent = 0;
  try {
    await conn.write(ascii.encode("GET / HTTP/1.1\r\n"));
    for (; sent < 64 * 1024 * 1024; sent += line.length) await conn.write(line);
  } catch {
    // It was closed, as it should be.
  }
  assertLess(sent, 16 * 1024 * 1024);
  const answer = await reading;
  assert(answer === "" || answer.startsWith("HTTP/1.1 4"), answer.slice(0, 80));
  assertLess(await timeAtDoor("http", tracker), 5_000);
  assertSound(tracker.process);
});
