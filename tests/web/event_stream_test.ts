import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../lib/net/mod.ts";
import { encodeEvent, EventStream, MAX_WAITING_EVENT_BYTES } from "../../lib/web/mod.ts";

const ascii = new TextEncoder();

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** A stream, its reader, who has read its first line, and how often its end was told. */
async function openStream() {
  const clock = new FakeClock();
  const told: string[] = [];
  const stream = new EventStream({ clock, ended: () => void told.push("ended") });
  const reader = stream.respond().body!.getReader();
  assertEquals(textOf((await reader.read()).value), "retry: 2000\n\n");
  return { clock, told, stream, reader };
}

Deno.test("encodeEvent: an event has its name, its id and one line of data, whatever is in it", () => {
  const text = textOf(encodeEvent({ event: "peers", id: 7, json: '{"a":"\\n\\r"}' }));
  assertEquals(text, 'event: peers\nid: 7\ndata: {"a":"\\n\\r"}\n\n');
  const pretty = textOf(
    encodeEvent({ event: "x", id: 1, json: JSON.stringify({ a: 1 }, null, 1) }),
  );
  assertEquals(pretty, 'event: x\nid: 1\ndata: { "a": 1}\n\n');
});

Deno.test("EventStream: the answer is neither kept, nor compressed, nor taken for something else", async () => {
  const stream = new EventStream({ clock: new FakeClock() });
  const response = stream.respond();
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  assertEquals(response.headers.get("cache-control"), "no-store, no-transform");
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
  stream.end();
  assertEquals(await response.text(), "retry: 2000\n\n");
});

Deno.test("EventStream: events come in their order, and a comment every 10 s", async () => {
  const { clock, stream, reader } = await openStream();
  stream.send(ascii.encode("a"));
  stream.send(ascii.encode("b"));
  assertEquals(textOf((await reader.read()).value), "a");
  assertEquals(textOf((await reader.read()).value), "b");
  for (let count = 0; count < 3; count++) {
    const next = reader.read();
    await clock.advance(9_999);
    stream.send(ascii.encode("c"));
    assertEquals(textOf((await next).value), "c");
    await clock.advance(1);
    assertEquals(textOf((await reader.read()).value), ":\n\n");
  }
  stream.end();
});

Deno.test("EventStream: at its end what waits is still read, nothing more is sent, and no timer is left", async () => {
  const { clock, told, stream, reader } = await openStream();
  stream.send(ascii.encode("last"));
  stream.end();
  stream.end();
  stream.send(ascii.encode("late"));
  assertEquals([stream.isOpen, told, clock.pending], [false, ["ended"], 0]);
  assertEquals(textOf((await reader.read()).value), "last");
  assertEquals((await reader.read()).done, true);
});

Deno.test("EventStream: a reader who goes ends it", async () => {
  const { clock, told, stream, reader } = await openStream();
  await reader.cancel();
  assertEquals([stream.isOpen, told, clock.pending], [false, ["ended"], 0]);
  stream.send(ascii.encode("late"));
  stream.end();
});

Deno.test("EventStream: 4 MiB may wait for a reader; with more he is given up, and nothing waits any more", async () => {
  const { clock, told, stream, reader } = await openStream();
  stream.send(new Uint8Array(MAX_WAITING_EVENT_BYTES - 1));
  stream.send(new Uint8Array(1));
  assertEquals(stream.isOpen, true);
  stream.send(new Uint8Array(1));
  assertEquals([stream.isOpen, told, clock.pending], [false, ["ended"], 0]);
  await assertRejects(() => reader.read(), Error, "too many wait");

  const other = await openStream();
  other.stream.send(new Uint8Array(MAX_WAITING_EVENT_BYTES + 1));
  assertEquals(other.stream.isOpen, false);
});
