import { assertEquals, assertNotEquals } from "@std/assert";
import { SampleMember } from "../sample_member.ts";
import { Announcer, answerTo, StubUdpTracker } from "./sample_announcer.ts";

Deno.test("What a UDP tracker does not answer is sent again after 15 s, foreign answers do no harm (BEP 15)", async () => {
  using stub = new StubUdpTracker((request, count) => {
    if (count === 1) return [];
    const action = request[11]!;
    const foreign = answerTo(Uint8Array.from(request, (byte) => byte ^ 1), action, 9, 9, 9);
    return action === 0
      ? [foreign, Uint8Array.of(1, 2, 3), answerTo(request, 0, 1, 2)]
      : [foreign, answerTo(request, 1, 300, 0, 0)];
  });
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await stub.hears(1);
  await announcer.clock.advance(15_000);
  assertEquals((await announcer.announced()).result.intervalS, 300);
  assertEquals(stub.heard.map(({ length }) => length), [16, 16, 98]);
});

Deno.test("A UDP tracker that stays silent is given up after 45 s, and one that refuses at once", async () => {
  using silent = new StubUdpTracker(() => []);
  await using announcer = new Announcer([[silent.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await silent.hears(1);
  await announcer.clock.advance(15_000);
  await silent.hears(2);
  await announcer.clock.advance(30_000);
  const { error } = await announcer.unreachable();
  assertEquals(error.message, `Cannot announce to ${silent.url}: it does not answer`);

  using refusing = new StubUdpTracker((request) => [answerTo(request, 3, 0x6e6f7065)]);
  await using other = new Announcer([[refusing.url]]);
  other.client.join(await SampleMember.of("film", 1, [0]));
  assertEquals(
    (await other.unreachable()).error.message,
    `Cannot announce to ${refusing.url}: nope`,
  );
});

Deno.test("A connection id of a UDP tracker is used for a minute, then another is asked for (BEP 15)", async () => {
  using stub = new StubUdpTracker((request) => [
    request[11] === 0 ? answerTo(request, 0, 0, 7) : answerTo(request, 1, 59, 0, 0),
  ]);
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  for (let time = 0; time < 2; time++) {
    await announcer.clock.advance(59_000);
    await announcer.announced();
  }
  assertEquals(stub.heard.map((bytes) => bytes[11]), [0, 1, 1, 0, 1]);
});

Deno.test("An answer of another action than was asked for is none (BEP 15)", async () => {
  for (const wrongAt of [1, 2]) {
    using stub = new StubUdpTracker((request, count) => {
      const asked = request[11]!;
      const action = count === wrongAt ? 1 - asked : asked;
      return [action === 0 ? answerTo(request, 0, 0, 7) : answerTo(request, 1, 300, 0, 0)];
    });
    await using announcer = new Announcer([[stub.url]]);
    announcer.client.join(await SampleMember.of("film", 1, [0]));
    assertEquals((await announcer.announced()).result.intervalS, 300);
    const actions = stub.heard.map((bytes) => bytes[11]);
    assertEquals(actions, wrongAt === 1 ? [0, 0, 1] : [0, 1, 0, 1]);
  }
});

Deno.test("Each request to a UDP tracker has a transaction id of its own (BEP 15)", async () => {
  using stub = new StubUdpTracker((request) => [
    request[11] === 0 ? answerTo(request, 0, 0, 7) : answerTo(request, 1, 30, 0, 0),
  ]);
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  await announcer.clock.advance(30_000);
  await announcer.announced();
  const ids = stub.heard.map((bytes) => bytes.slice(12, 16));
  assertEquals(ids.length, 3);
  for (const at of [0, 1, 2]) assertNotEquals(ids[at], ids[(at + 1) % 3]);
});

Deno.test("A connection id that the tracker has forgotten is asked for again at once", async () => {
  using stub = new StubUdpTracker((request, count) => {
    if (request[11] === 0) return [answerTo(request, 0, 0, 7)];
    return [count === 3 ? answerTo(request, 3, 0x6261643f) : answerTo(request, 1, 30, 0, 0)];
  });
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  await announcer.clock.advance(30_000);
  await announcer.announced();
  assertEquals(stub.heard.map((bytes) => bytes[11]), [0, 1, 1, 0, 1]);
});

Deno.test("A UDP tracker that falls silent is asked for a connection id again", async () => {
  using stub = new StubUdpTracker((request, count) => {
    if (count === 2) return [];
    return [request[11] === 0 ? answerTo(request, 0, 0, 7) : answerTo(request, 1, 30, 0, 0)];
  });
  await using announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await stub.hears(2);
  await announcer.clock.advance(15_000);
  await announcer.announced();
  assertEquals(stub.heard.map((bytes) => bytes[11]), [0, 1, 0, 1]);
});

Deno.test("One who leaves at once does not wait for a UDP tracker that never heard of him", async () => {
  using stub = new StubUdpTracker(() => []);
  const announcer = new Announcer([[stub.url]]);
  announcer.client.join(await SampleMember.of("film", 1, [0])).leave();
  await announcer.client.close();
  assertEquals(announcer.clock.pending, 0);
});

Deno.test("A UDP tracker is asked by its name as by its address", async () => {
  using stub = new StubUdpTracker((request) => [
    request[11] === 0 ? answerTo(request, 0, 0, 7) : answerTo(request, 1, 30, 0, 0),
  ]);
  await using announcer = new Announcer([[stub.url.replace("127.0.0.1", "localhost")]]);
  announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
});

Deno.test("Closing waits 3 s at most for a tracker that hears no farewell, and ends the states", async () => {
  let answers = 0;
  using stub = new StubUdpTracker((request) => {
    if (answers++ >= 2) return [];
    return [request[11] === 0 ? answerTo(request, 0, 0, 7) : answerTo(request, 1, 300, 0, 0)];
  });
  const announcer = new Announcer([[stub.url]]);
  const ticket = announcer.client.join(await SampleMember.of("film", 1, [0]));
  await announcer.announced();
  const closing = announcer.client.close();
  await stub.hears(3);
  assertEquals(stub.heard[2]?.[83], 3, "it is told that we stop");
  await announcer.clock.advance(3_000);
  await closing;
  await ticket.announced;
  assertEquals(announcer.clock.pending, 0);
});
