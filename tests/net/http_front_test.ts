import { assertEquals } from "@std/assert";
import {
  type Connection,
  FakeClock,
  HttpFront,
  type Listener,
  MAX_HTTP_UNANSWERED_BYTES,
  MemoryNetwork,
  MIN_HTTP_BODY_BYTES,
} from "../../lib/net/mod.ts";

const utf8 = new TextEncoder();
const PORT = 80;

/** A front in memory, and the connections of the web server behind it. */
class Stage {
  readonly clock = new FakeClock();
  /** Hosts that are not let in. */
  readonly shutOut = new Set<string>();
  readonly front: HttpFront;
  readonly #network = new MemoryNetwork();
  readonly #server: Listener;
  readonly #door: Listener;
  readonly #stop = new AbortController();

  constructor(limits = { total: 10, perAddress: 10 }, unansweredBytes?: number) {
    const machine = this.#network.host("machine");
    this.#server = machine.listen({ host: "machine", port: 0 });
    this.#door = machine.listen({ host: "machine", port: PORT });
    this.front = new HttpFront({
      listener: this.#door,
      limits,
      clock: this.clock,
      signal: this.#stop.signal,
      transport: machine,
      server: () => this.#server.address,
      admits: (host) => !this.shutOut.has(host),
      ...(unansweredBytes !== undefined && { unansweredBytes }),
      answerAtOnce: (bytes) => bytes[0] === "!".charCodeAt(0) ? bytes.slice(1) : undefined,
    });
  }

  dial(host = "client"): Promise<Connection> {
    return this.#network.host(host).dial({ host: "machine", port: PORT });
  }

  /** The next connection that reaches the web server. */
  accept(): Promise<Connection> {
    return this.#server.accept();
  }

  async close(): Promise<void> {
    this.#door.close();
    this.#stop.abort();
    this.#server.close();
    await this.front.ended;
    assertEquals(this.clock.pending, 0);
  }
}

async function send({ writable }: Connection, text: string): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(utf8.encode(text));
  writer.releaseLock();
}

/** What comes next on a connection, as text; nothing at its end. */
async function receive({ readable }: Connection): Promise<string | undefined> {
  const reader = readable.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** Tells when a connection has ended. */
function watchEnd(connection: Connection): { state: "open" | "ended" } {
  const seen: { state: "open" | "ended" } = { state: "open" };
  void receive(connection).then((text) => {
    if (text === undefined) seen.state = "ended";
  });
  return seen;
}

Deno.test({
  name: "What is asked and answered passes, and the web server can be told who asks",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial("192.0.2.7");
    await send(client, "GET / HTTP/1.1\r\n\r\n");
    const inner = await stage.accept();
    assertEquals(await receive(inner), "GET / HTTP/1.1\r\n\r\n");
    assertEquals(stage.front.remoteAt(inner.remote)?.host, "192.0.2.7");
    assertEquals(stage.front.remoteAt({ ...inner.remote, port: 1 }), undefined);
    assertEquals(stage.front.remoteAt({ ...inner.remote, host: "neighbour" }), undefined);
    await send(inner, "HTTP/1.1 204 No Content\r\n\r\n");
    assertEquals(await receive(client), "HTTP/1.1 204 No Content\r\n\r\n");
    await send(client, "GET /again");
    assertEquals(await receive(inner), "GET /again");
    const { remote } = inner;
    inner.close();
    assertEquals(await receive(client), undefined);
    await stage.clock.advance(0);
    assertEquals(stage.front.remoteAt(remote), undefined);
    await stage.close();
  },
});

Deno.test({
  name: "A client that stops speaking is still answered",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    await send(client, "GET /");
    await client.writable.close();
    const inner = await stage.accept();
    assertEquals(await receive(inner), "GET /");
    assertEquals(await receive(inner), undefined);
    await send(inner, "200");
    assertEquals(await receive(client), "200");
    await inner.writable.close();
    assertEquals(await receive(client), undefined);
    await stage.close();
  },
});

Deno.test({
  name: "Who is silent is closed after 10 s, and never reaches the web server",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const silent = watchEnd(await stage.dial());
    const reached = stage.accept().then(() => "reached", () => "closed");
    await stage.clock.advance(9_999);
    assertEquals(silent.state, "open");
    await stage.clock.advance(1);
    assertEquals(silent.state, "ended");
    await stage.close();
    assertEquals(await reached, "closed");
  },
});

Deno.test({
  name:
    "A request that is not sent to its end within 10 s is cut off, however often a byte of it comes",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    await send(client, "G");
    const inner = await stage.accept();
    const state = watchEnd(client);
    const read = Array.fromAsync(inner.readable);
    for (let second = 0; second < 9; second++) {
      await stage.clock.advance(1_000);
      await send(client, "x");
    }
    await stage.clock.advance(999);
    assertEquals(state.state, "open");
    await stage.clock.advance(1);
    assertEquals(state.state, "ended");
    assertEquals((await read).length, 10);
    await stage.close();
  },
});

Deno.test({
  name: "A connection that has been answered is closed after 30 s of silence, and not before",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    const inner = await ask(stage, client);
    await stage.clock.advance(29_000);
    await send(client, "GET /");
    assertEquals(await receive(inner), "GET /");
    await send(inner, "200");
    assertEquals(await receive(client), "200");
    const state = watchEnd(client);
    await stage.clock.advance(29_999);
    assertEquals(state.state, "open");
    await stage.clock.advance(1);
    assertEquals(state.state, "ended");
    assertEquals(await receive(inner), undefined);
    await stage.close();
  },
});

/** Asks something on a connection and has it answered; gives the web server's end. */
async function ask(stage: Stage, client: Connection): Promise<Connection> {
  await send(client, "GET /");
  const inner = await stage.accept();
  assertEquals(await receive(inner), "GET /");
  await send(inner, "200");
  assertEquals(await receive(client), "200");
  return inner;
}

Deno.test({
  name: "A client that reads no answer is closed after 30 s",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    const inner = await ask(stage, client);
    const full = inner.writable.getWriter();
    const ended = (async () => {
      while (true) await full.write(new Uint8Array(65_536));
    })().catch(() => "ended");
    await stage.clock.advance(30_000);
    assertEquals(await ended, "ended");
    await stage.close();
  },
});

Deno.test({
  name: "More connections than may be of one address, or in all, are closed at once",
  permissions: "none",
  async fn() {
    const stage = new Stage({ total: 3, perAddress: 2 });
    const hosts = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3"];
    const states = [];
    for (const host of hosts) states.push(watchEnd(await stage.dial(host)));
    await stage.clock.advance(0);
    assertEquals(states.map(({ state }) => state), ["open", "open", "ended", "open", "ended"]);
    await stage.close();
  },
});

Deno.test({
  name:
    "A web server that is not there ends the connection, and an end of all ends those under way",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    const inner = await ask(stage, client);
    const lost = watchEnd(client);
    const served = watchEnd(inner);
    await stage.close();
    assertEquals([lost.state, served.state], ["ended", "ended"]);
  },
});

Deno.test({
  name:
    "What can be answered at once never reaches the web server, and what cannot does from then on",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    for (const word of ["one", "two"]) {
      await send(client, `!${word}`);
      assertEquals(await receive(client), word);
    }
    await stage.clock.advance(29_999);
    await send(client, "other");
    const inner = await stage.accept();
    assertEquals(await receive(inner), "other");
    await send(client, "!three");
    assertEquals(await receive(inner), "!three");
    const state = watchEnd(client);
    await stage.clock.advance(9_999);
    assertEquals(state.state, "open");
    await stage.clock.advance(1);
    assertEquals(state.state, "ended");
    await stage.close();
  },
});

Deno.test({
  name: "A client that reads none of what is answered at once is closed after 30 s",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    const asking = client.writable.getWriter();
    const ended = (async () => {
      while (true) await asking.write(utf8.encode(`!${"x".repeat(65_536)}`));
    })().catch(() => "ended");
    await stage.clock.advance(30_000);
    assertEquals(await ended, "ended");
    await stage.close();
  },
});

Deno.test({
  name: "A client may send 1 MiB without an answer, and is closed at one byte more",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    const asking = client.writable.getWriter();
    await asking.write(new Uint8Array(MAX_HTTP_UNANSWERED_BYTES / 2));
    const inner = await stage.accept();
    const read = Array.fromAsync(inner.readable);
    await asking.write(new Uint8Array(MAX_HTTP_UNANSWERED_BYTES / 2));
    const state = watchEnd(client);
    await stage.clock.advance(0);
    assertEquals(state.state, "open");
    await asking.write(new Uint8Array(1)).catch(() => undefined);
    await stage.clock.advance(0);
    assertEquals(state.state, "ended");
    const sum = (await read).reduce((length, bytes) => length + bytes.length, 0);
    assertEquals(sum <= MAX_HTTP_UNANSWERED_BYTES + 1, true);
    await stage.close();
  },
});

/** A client whose long request is expected, and what the web server reads of it. */
async function expecting(stage: Stage, bytes: number) {
  const client = await stage.dial();
  const asking = client.writable.getWriter();
  await asking.write(utf8.encode("POST /"));
  const inner = await stage.accept();
  assertEquals(await receive(inner), "POST /");
  const body = stage.front.expectBody(inner.remote, bytes);
  if (body === undefined) throw new Error("it came this way");
  return { client, asking, inner, body, state: watchEnd(client) };
}

Deno.test({
  name: "Of a long request that is expected so many bytes may come and 1 MiB, and not one more",
  permissions: "none",
  async fn() {
    for (const more of [0, 1]) {
      const stage = new Stage();
      const bytes = 3 * MAX_HTTP_UNANSWERED_BYTES;
      const { asking, inner, state } = await expecting(stage, bytes);
      const read = Array.fromAsync(inner.readable);
      for (let at = 0; at < 4; at++) await asking.write(new Uint8Array(MAX_HTTP_UNANSWERED_BYTES));
      await stage.clock.advance(0);
      assertEquals(state.state, "open");
      if (more > 0) await asking.write(new Uint8Array(more)).catch(() => undefined);
      await stage.clock.advance(0);
      assertEquals(state.state, more > 0 ? "ended" : "open");
      await stage.close();
      await read;
    }
  },
});

Deno.test({
  name: "A long request goes on while 160 KiB come each 10 s, and is cut off at a byte less",
  permissions: "none",
  async fn() {
    for (const [less, expected] of [[0, "open"], [1, "ended"]] as const) {
      const stage = new Stage();
      const { asking, inner, state } = await expecting(stage, 2 ** 30);
      const read = Array.fromAsync(inner.readable);
      for (let at = 0; at < 5; at++) {
        for (let part = 0; part < 10; part++) {
          const short = part === 9 ? less : 0;
          await asking.write(new Uint8Array(MIN_HTTP_BODY_BYTES / 10 - short)).catch(() => 0);
          await stage.clock.advance(999);
        }
      }
      assertEquals(state.state, expected);
      await stage.close();
      await read;
    }
  },
});

Deno.test({
  name: "The time that the web server takes for a long request is not that of its client",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const { asking, inner, body, state } = await expecting(stage, 2 ** 30);
    // More than the way to the web server holds: it does not read.
    const sent = asking.write(new Uint8Array(2 ** 20));
    await stage.clock.advance(60_000);
    assertEquals(state.state, "open");
    const reader = inner.readable.getReader();
    for (let left = 2 ** 20; left > 0;) left -= (await reader.read()).value?.length ?? left;
    await sent;
    body.received();
    await stage.clock.advance(60_000);
    assertEquals(state.state, "open");
    body[Symbol.dispose]();
    await stage.clock.advance(9_999);
    assertEquals(state.state, "open");
    await stage.clock.advance(1);
    assertEquals(state.state, "ended");
    await stage.close();
  },
});

Deno.test({
  name: "Where a long request may come more may be sent before it is expected, and not beyond that",
  permissions: "none",
  async fn() {
    for (const more of [0, 1]) {
      const stage = new Stage(undefined, 2 * MAX_HTTP_UNANSWERED_BYTES);
      const client = await stage.dial();
      const asking = client.writable.getWriter();
      await asking.write(new Uint8Array(MAX_HTTP_UNANSWERED_BYTES));
      const inner = await stage.accept();
      const read = Array.fromAsync(inner.readable);
      await asking.write(new Uint8Array(MAX_HTTP_UNANSWERED_BYTES + more)).catch(() => undefined);
      const state = watchEnd(client);
      await stage.clock.advance(0);
      assertEquals(state.state, more > 0 ? "ended" : "open");
      await stage.close();
      await read;
    }
  },
});

for (const [how, text] of [["carried", "GET /"], ["answered at once", "!x"]] as const) {
  Deno.test({
    name: `A client that is shut out while he is ${how} is closed when he sends something`,
    permissions: "none",
    async fn() {
      const stage = new Stage();
      const client = await stage.dial("192.0.2.7");
      if (how === "carried") await ask(stage, client);
      else {
        await send(client, text);
        assertEquals(await receive(client), "x");
      }
      stage.shutOut.add("192.0.2.7");
      await send(client, text);
      assertEquals(await receive(client), undefined);
      await stage.close();
    },
  });
}

Deno.test({
  name: "A client that breaks off while he is answered leaves no timer behind",
  permissions: "none",
  async fn() {
    const stage = new Stage();
    const client = await stage.dial();
    const inner = await ask(stage, client);
    await send(client, "more");
    client.close();
    await inner.writable.getWriter().write(utf8.encode("200")).catch(() => undefined);
    await stage.clock.advance(0);
    assertEquals(stage.clock.pending, 0);
    await stage.close();
  },
});
