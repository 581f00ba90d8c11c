import { assert, assertEquals, assertFalse } from "@std/assert";
import { concatBytes, encodeHex, idBytes } from "../../lib/bytes/mod.ts";
import {
  type Connection,
  FakeClock,
  generateSwarmKey,
  keyedTransport,
  type Listener,
  MemoryNetwork,
  systemClock,
  type Transport,
  withDeadline,
} from "../../lib/net/mod.ts";
import { PeerNode, type Torrent } from "../../lib/peer/mod.ts";
import { openMemoryStore } from "../../lib/storage/mod.ts";
import { assertWhole, createTorrent, type SimulatedTorrent } from "./simulation.ts";

const KEY = generateSwarmKey();

/** A transport that notes all bytes that are sent by it, dialled or accepted, connection by connection. */
function tapped(inner: Transport, seen: Uint8Array[][]): Transport {
  function tap(connection: Connection): Connection {
    const sent: Uint8Array[] = [];
    seen.push(sent);
    const note = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        sent.push(bytes.slice());
        controller.enqueue(bytes);
      },
    });
    note.readable.pipeTo(connection.writable).catch(() => connection.close());
    const { readable, local, remote } = connection;
    const close = (): void => connection.close();
    return { readable, writable: note.writable, local, remote, close, [Symbol.dispose]: close };
  }
  return {
    listen(address): Listener {
      const listener = inner.listen(address);
      return {
        address: listener.address,
        accept: async () => tap(await listener.accept()),
        close: () => listener.close(),
        [Symbol.dispose]: () => listener.close(),
      };
    },
    dial: async (address, options) => tap(await inner.dial(address, options)),
  };
}

/** Waits for something that must come soon. */
async function soon<T>(work: Promise<T>, message: string): Promise<T> {
  return await withDeadline(() => work, { clock: systemClock, ms: 20_000, message });
}

function seed(node: PeerNode, { info, data }: SimulatedTorrent): Torrent {
  return node.add(openMemoryStore(info, data));
}

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  return encodeHex(bytes).includes(encodeHex(part));
}

Deno.test("private swarm: peers with the key download, and the wire shows nothing of it", async () => {
  for (const kind of ["with a key", "without"]) {
    const network = new MemoryNetwork();
    const seen: Uint8Array[][] = [];
    const transport = (host: string): Transport => {
      const wire = tapped(network.host(host), seen);
      return kind === "with a key" ? keyedTransport(wire, { key: KEY }) : wire;
    };
    const sample = await createTorrent();
    await using seeder = new PeerNode({ host: "a", transport: transport("a") });
    await using leecher = new PeerNode({ host: "b", transport: transport("b") });
    seed(seeder, sample);
    const store = openMemoryStore(sample.info);
    const torrent = leecher.add(store, { peers: [seeder.address] });
    await soon(torrent.completed, "the download");
    await assertWhole(torrent, sample);
    const all = concatBytes(seen.flat());
    assert(all.length > sample.data.length);
    const secrets = {
      infoHash: idBytes(sample.info.infoHash),
      seeder: idBytes(seeder.peerId),
      leecher: idBytes(leecher.peerId),
      data: sample.data.subarray(1_000, 1_016),
      protocol: new TextEncoder().encode("BitTorrent"),
    };
    for (const [name, secret] of Object.entries(secrets)) {
      // What is looked for is found where it can be, so the looking is right.
      assertEquals(includes(all, secret), kind === "without", `${name}, ${kind}`);
    }
  }
});

/** A node that notes whom it refused. */
class Member implements AsyncDisposable {
  readonly node: PeerNode;
  readonly refusals: string[] = [];
  #refused = Promise.withResolvers<void>();

  constructor(
    network: MemoryNetwork,
    host: string,
    options: { key?: typeof KEY; clock?: FakeClock },
  ) {
    const { key, clock = systemClock } = options;
    const inner = network.host(host);
    const onRefused = ({ remote, fault }: { remote: { host: string }; fault: string }): void => {
      this.refusals.push(`${remote.host} ${fault}`);
      this.#refused.resolve();
    };
    this.node = new PeerNode({
      host,
      transport: key === undefined ? inner : keyedTransport(inner, { key, clock, onRefused }),
    });
  }

  /** Waits until so many were refused. */
  async refused(count = 1): Promise<void> {
    while (this.refusals.length < count) {
      await soon(this.#refused.promise, "a refusal");
      this.#refused = Promise.withResolvers();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.close();
  }
}

Deno.test("private swarm: who has another key or none is refused, and the others go on", async () => {
  const network = new MemoryNetwork();
  const sample = await createTorrent();
  await using seeder = new Member(network, "seeder", { key: KEY });
  await using member = new Member(network, "member", { key: KEY });
  await using other = new Member(network, "other", { key: generateSwarmKey() });
  await using plain = new Member(network, "plain", {});
  seed(seeder.node, sample);
  const peers = [seeder.node.address];
  const strangers = [other, plain].map(({ node }) => {
    return node.add(openMemoryStore(sample.info), { peers });
  });
  for (const stranger of strangers) stranger.completed.catch(() => undefined);
  await other.refused();
  await seeder.refused(2);
  assertEquals(new Set(seeder.refusals), new Set(["other wrong", "plain wrong"]));
  assertEquals(other.refusals[0], "seeder closed");
  const torrent = member.node.add(openMemoryStore(sample.info), { peers });
  await soon(torrent.completed, "the download of the member");
  for (const { status, links } of strangers) {
    assertEquals([status.heldBytes, links.length], [0, 0]);
  }
  assertEquals(member.refusals, []);
});

Deno.test("private swarm: a member that dials a plain peer gives it up, and says nothing to it", async () => {
  const network = new MemoryNetwork();
  const sample = await createTorrent();
  const clock = new FakeClock();
  const seen: Uint8Array[][] = [];
  using plain = tapped(network.host("plain"), seen).listen({ host: "plain", port: 6881 });
  await using member = new Member(network, "member", { key: KEY, clock });
  const torrent = member.node.add(openMemoryStore(sample.info), { peers: [plain.address] });
  torrent.completed.catch(() => undefined);
  using met = await soon(plain.accept(), "the dial");
  const reader = met.readable.getReader();
  const { value } = await soon(reader.read(), "the first message");
  assertEquals(value?.length, 48);
  assertFalse(includes(value ?? new Uint8Array(), idBytes(sample.info.infoHash)));
  await clock.advance(8_000);
  await member.refused();
  assertEquals(member.refusals, ["plain silent"]);
  assertEquals((await reader.read()).done, true);
  assertEquals(torrent.links.length, 0);
});

Deno.test("private swarm: a node that is closed while it waits for a proof is closed at once", async () => {
  const network = new MemoryNetwork();
  const sample = await createTorrent();
  const clock = new FakeClock();
  using silent = network.host("silent").listen({ host: "silent", port: 6881 });
  const member = new Member(network, "member", { key: KEY, clock });
  const torrent = member.node.add(openMemoryStore(sample.info), { peers: [silent.address] });
  torrent.completed.catch(() => undefined);
  using met = await soon(silent.accept(), "the dial");
  await soon(met.readable.getReader().read(), "the first message");
  await soon(member.node.close(), "the end");
  assertEquals([member.refusals, clock.pending], [[], 0]);
});
