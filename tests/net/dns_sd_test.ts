import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeHex } from "../../lib/bytes/mod.ts";
import {
  Advertisement,
  type AdvertisementOptions,
  browse,
  FakeClock,
  type FoundService,
  type HostedService,
  MemoryMulticast,
} from "../../lib/net/mod.ts";
import {
  decodeServiceMessage,
  encodeService,
  encodeServiceQuery,
} from "../../lib/net/dns_sd/service_message.ts";
import { randomBelow, randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { FOREIGN_GOODBYE, FOREIGN_SERVICE } from "../vectors/service_messages.ts";

const TYPE = "_sluice._tcp";
const GROUP = "224.0.0.251:5353";
const TRACKER: HostedService = {
  ...{ type: TYPE, name: "Sluice tracker 0a1b", host: "sluice-0a1b", port: 6789 },
  text: ["version=1", "token=no"],
  addresses: ["10.0.0.1"],
};
const FOUND: FoundService = {
  name: TRACKER.name,
  address: { host: "10.0.0.1", port: 6789 },
  text: TRACKER.text,
};

// The codec is loaded here, so that no test waits for it while its clock goes on.
const ASKED = await encodeServiceQuery(TYPE, []);

/** A network in memory with its time. */
class Lan {
  readonly clock = new FakeClock();
  readonly multicast = new MemoryMulticast();

  advertise(
    host = "10.0.0.1",
    options: Partial<AdvertisementOptions> = {},
  ): Promise<Advertisement> {
    return Advertisement.open({
      ...{ host, clock: this.clock, random: () => 0 },
      service: () => TRACKER,
      transport: this.multicast.machine(host),
      ...options,
    });
  }

  /** Browses as a machine; what is found gathers, until the signal is aborted. */
  browse(signal: AbortSignal, host = "10.0.0.2"): { found: FoundService[]; ended: Promise<void> } {
    const found: FoundService[] = [];
    const transport = this.multicast.machine(host);
    const ended = (async () => {
      const services = browse({ type: TYPE, signal, host, clock: this.clock, transport });
      for await (const service of services) found.push(service);
    })();
    return { found, ended };
  }

  /** Sends as anybody. */
  send(bytes: Uint8Array, host: string, port = 5353): void {
    this.multicast.send(GROUP, { bytes, sender: { host, port } });
  }

  /** How many messages a machine has sent. */
  sent(host: string): number {
    return this.multicast.sent.filter(({ sender }) => sender.host === host).length;
  }
}

Deno.test("DNS-SD: a service is found by who asks for its type, at the address that answers", async () => {
  const lan = new Lan();
  await using service = await lan.advertise();
  await lan.clock.advance(10_000);
  const over = new AbortController();
  const { found, ended } = lan.browse(over.signal);
  await lan.clock.advance(1_000);
  assertEquals(found, [FOUND]);
  await service.close();
  over.abort();
  await ended;
  assertEquals([lan.multicast.open, lan.clock.pending], [0, 0]);
});

Deno.test("DNS-SD: a service that comes later tells of itself twice, and is found once", async () => {
  const lan = new Lan();
  const over = new AbortController();
  const { found, ended } = lan.browse(over.signal);
  await lan.clock.advance(60_000);
  await using _service = await lan.advertise();
  await lan.clock.advance(60_000);
  assertEquals(found, [FOUND]);
  assertEquals(lan.sent("10.0.0.1"), 2);
  over.abort();
  await ended;
});

Deno.test("DNS-SD: one that says goodbye is found again when it comes back", async () => {
  const lan = new Lan();
  const over = new AbortController();
  const { found, ended } = lan.browse(over.signal);
  for (let time = 0; time < 2; time++) {
    await using _service = await lan.advertise();
    await lan.clock.advance(5_000);
  }
  assertEquals(found, [FOUND, FOUND]);
  over.abort();
  await ended;
});

Deno.test("DNS-SD: who is known is named with the next question, and does not answer it", async () => {
  const lan = new Lan();
  await using _service = await lan.advertise();
  await lan.clock.advance(10_000);
  const over = new AbortController();
  const { ended } = lan.browse(over.signal);
  await lan.clock.advance(20_000);
  assertEquals(lan.sent("10.0.0.2"), 4);
  assertEquals(lan.sent("10.0.0.1"), 3);
  over.abort();
  await ended;
});

Deno.test("DNS-SD: a service answers once a second, however often it is asked", async () => {
  const lan = new Lan();
  await using _service = await lan.advertise();
  await lan.clock.advance(10_000);
  for (let tenth = 0; tenth < 100; tenth++) {
    for (let time = 0; time < 20; time++) lan.send(ASKED, "10.0.0.9");
    await lan.clock.advance(100);
  }
  const answers = lan.sent("10.0.0.1") - 2;
  assert(answers >= 9 && answers <= 11, `${answers} in 10 s`);
});

Deno.test("DNS-SD: other questions, other ports and noise are not answered", async () => {
  const lan = new Lan();
  await using _service = await lan.advertise();
  await lan.clock.advance(10_000);
  lan.send(await encodeServiceQuery("_ipp._tcp", []), "10.0.0.9");
  lan.send(ASKED, "10.0.0.9", 40_000);
  lan.send(randomBytes(seededRandom(1), 1_000), "10.0.0.9");
  await lan.clock.advance(10_000);
  assertEquals(lan.sent("10.0.0.1"), 2);
});

Deno.test("DNS-SD: a machine can tell only of itself, of few services, and from the right port", async () => {
  const lan = new Lan();
  const over = new AbortController();
  const { found, ended } = lan.browse(over.signal);
  await lan.clock.advance(100);
  lan.send(await encodeService({ ...TRACKER, addresses: ["8.8.8.8"] }, "here"), "10.0.0.66");
  lan.send(await encodeService({ ...TRACKER, name: "other" }, "here"), "10.0.0.67", 40_000);
  lan.send(await encodeService(TRACKER, "gone"), "10.0.0.68");
  for (let number = 0; number < 100; number++) {
    lan.send(await encodeService({ ...TRACKER, name: `flood ${number}` }, "here"), "10.0.0.69");
  }
  await lan.clock.advance(100);
  assertEquals(found[0], { ...FOUND, address: { host: "10.0.0.66", port: 6789 } });
  assertEquals(found.slice(1).map(({ address }) => address.host), Array(4).fill("10.0.0.69"));
  lan.send(await encodeService(TRACKER, "here"), "10.0.0.66");
  await lan.clock.advance(100);
  assertEquals(found.length, 5, "nobody else can say that it is gone");
  over.abort();
  await ended;
});

Deno.test("DNS-SD: where the network is missing, both say so", async () => {
  const lan = new Lan();
  lan.multicast.cutOff("10.0.0.1", new Error("network is unreachable"));
  await assertRejects(() => lan.advertise(), Error, "unreachable");
  const { ended } = lan.browse(new AbortController().signal, "10.0.0.1");
  await assertRejects(() => ended, Error, "unreachable");
  assertEquals([lan.multicast.open, lan.clock.pending], [0, 0]);
});

Deno.test("DNS-SD: a service outlives a network that goes and comes back", async () => {
  const lan = new Lan();
  await using _service = await lan.advertise();
  lan.multicast.cutOff("10.0.0.1", new Error("network is unreachable"));
  await lan.clock.advance(5_000);
  lan.multicast.restore("10.0.0.1");
  lan.send(ASKED, "10.0.0.9");
  await lan.clock.advance(5_000);
  assertEquals(lan.sent("10.0.0.1"), 2);
});

Deno.test("DNS-SD: what another program tells of its service is read", async () => {
  assertEquals(await decodeServiceMessage(decodeHex(FOREIGN_SERVICE), TYPE), {
    type: "answer",
    services: [
      { type: TYPE, name: "Foreign tracker", port: 6789, text: ["version=1", "token=no"] },
    ],
    gone: [],
  });
  assertEquals(await decodeServiceMessage(decodeHex(FOREIGN_GOODBYE), TYPE), {
    ...{ type: "answer", services: [] },
    gone: ["Foreign tracker"],
  });
  assertEquals(await decodeServiceMessage(decodeHex(FOREIGN_SERVICE), "_ipp._tcp"), undefined);
});

Deno.test("DNS-SD: messages that are cut off, changed or made of chance are read or passed over", async () => {
  const random = seededRandom(5353);
  const whole = await encodeService(TRACKER, "here");
  for (let length = 0; length < whole.length; length++) {
    const message = await decodeServiceMessage(whole.subarray(0, length), TYPE);
    for (const { name, port } of message?.type === "answer" ? message.services : []) {
      assertEquals([name, port], [TRACKER.name, TRACKER.port], `${length} bytes`);
    }
  }
  for (let round = 0; round < 3_000; round++) {
    const noise = round % 2 === 0 ? randomBytes(random, randomBelow(random, 600)) : whole.slice();
    for (let change = 0; change < 4; change++) {
      if (noise.length > 0) noise[randomBelow(random, noise.length)] = randomBelow(random, 256);
    }
    const message = await decodeServiceMessage(noise, TYPE);
    if (message?.type === "query") assertEquals(typeof message.asks(TRACKER), "boolean");
    for (const { port } of message?.type === "answer" ? message.services : []) assert(port > 0);
  }
  assertEquals(await decodeServiceMessage(new Uint8Array(9_000), TYPE), undefined);
});
