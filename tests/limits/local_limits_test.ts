import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { describeError } from "../../lib/cli/describe_error.ts";
import { collectPages } from "../../lib/cli/ask_tracker.ts";
import { MAX_HISTORY_BYTES, MAX_LISTED_ENTRIES, MAX_SHOWN_MESSAGE } from "../../lib/cli/limits.ts";
import { HistoryFile } from "../../lib/cli/shell/history_file.ts";
import { browse } from "../../lib/net/dns_sd/browse.ts";
import { loadDnsCodec } from "../../lib/net/dns_sd/dns_codec.ts";
import { decodeServiceMessage, encodeService } from "../../lib/net/dns_sd/service_message.ts";
import {
  EVERYBODY,
  FakeClock,
  followRedirects,
  MAX_HOST_NAME_LENGTH,
  MAX_REDIRECTS,
  MAX_SERVICE_MESSAGE,
  MAX_SERVICE_NAME_BYTES,
  MAX_SERVICES,
  MAX_SERVICES_PER_MACHINE,
  MAX_WAITING_TLS,
  MemoryMulticast,
  parseAddress,
  RedirectError,
} from "../../lib/net/mod.ts";
import { TlsListener } from "../../lib/net/tls_listener.ts";
import type { TlsTerminator } from "../../lib/net/tls_terminator.ts";
import { denoFileLayer } from "../../lib/storage/deno_file_layer.ts";
import { MAX_JOURNAL_BYTES, MAX_LOCK_BYTES } from "../../lib/storage/limits.ts";
import { FileExistsError, openPartialStore, StorageError } from "../../lib/storage/mod.ts";
import { StoreLock } from "../../lib/storage/store_lock.ts";
import { fileSample, temporaryFolder } from "../storage/samples.ts";

const TYPE = "_sluice._tcp";

function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("The name of a host has 253 characters at most", () => {
  const label = "a".repeat(63);
  const longest = `${label}.${label}.${label}.${"b".repeat(61)}`;
  assertEquals(longest.length, MAX_HOST_NAME_LENGTH);
  assertEquals(parseAddress(`${longest}:1`).host, longest);
  assertThrows(() => parseAddress(`${longest}b:1`), SyntaxError, "Cannot read address");
});

pure("Three redirects are followed, and not a fourth", async () => {
  const moving = (times: number) => {
    let moved = 0;
    const get = () =>
      Promise.resolve(
        moved++ < times
          ? new Response(null, { status: 302, headers: { location: `/${moved}` } })
          : new Response("here"),
      );
    return followRedirects("http://tracker.example/", {}, { get });
  };
  assertEquals(await (await moving(MAX_REDIRECTS)).text(), "here");
  await assertRejects(() => moving(MAX_REDIRECTS + 1), RedirectError, "more than 3 times");
});

/** A service of a name, with texts that make its message long. */
function serviceOf(name: string, text: readonly string[] = []) {
  return { type: TYPE, name, port: 1, text, host: "machine", addresses: [] };
}

Deno.test("A message about services has 1,500 bytes at most, and the name of one 63", async () => {
  const lengthOf = async (text: readonly string[]) =>
    (await encodeService(serviceOf("one", text), "here")).length;
  const texts = [...new Array<string>(5).fill("t".repeat(230)), ""];
  const room = MAX_SERVICE_MESSAGE - await lengthOf(texts);
  assert(room > 0 && room < 250, `${room}`);
  const fitting = await encodeService(
    serviceOf("one", [...texts.slice(0, -1), "t".repeat(room)]),
    "here",
  );
  assertEquals(fitting.length, MAX_SERVICE_MESSAGE);
  assertEquals((await decodeServiceMessage(fitting, TYPE))?.type, "answer");
  const longer = await encodeService(
    serviceOf("one", [...texts.slice(0, -1), "t".repeat(room + 1)]),
    "here",
  );
  assertEquals(await decodeServiceMessage(longer, TYPE), undefined);
  // A name in several labels may be longer than one of them.
  const read = async (length: number) => {
    const name = `${"n".repeat(40)}.${"m".repeat(length - 41)}`;
    const codec = await loadDnsCodec();
    const data = `${name}.${TYPE}.local`;
    const message = codec.encode({
      type: "response",
      answers: [{ type: "PTR", name: `${TYPE}.local`, ttl: 9, data }],
      additionals: [{ type: "SRV", name: data, ttl: 9, data: { port: 1, target: "m.local" } }],
    });
    return await decodeServiceMessage(message, TYPE);
  };
  assertEquals((await read(MAX_SERVICE_NAME_BYTES))?.type, "answer");
  assertEquals(await read(MAX_SERVICE_NAME_BYTES + 1), undefined);
});

Deno.test("Services of 64 names are remembered, and 4 of one machine", async () => {
  const clock = new FakeClock();
  const multicast = new MemoryMulticast();
  const over = new AbortController();
  const found: string[] = [];
  const looking = (async () => {
    const transport = multicast.machine("10.0.0.1");
    const options = { type: TYPE, signal: over.signal, host: "10.0.0.1", clock, transport };
    for await (const { address } of browse(options)) found.push(address.host);
  })();
  await clock.advance(0);
  const tell = async (machine: number, service: number) => {
    const bytes = await encodeService(serviceOf(`${machine} ${service}`), "here");
    multicast.send("224.0.0.251:5353", {
      bytes,
      sender: { host: `10.0.1.${machine}`, port: 5_353 },
    });
    await clock.advance(1);
  };
  for (let service = 0; service <= MAX_SERVICES_PER_MACHINE; service++) await tell(0, service);
  await clock.advance(10);
  assertEquals(found.length, MAX_SERVICES_PER_MACHINE);
  for (let machine = 1; machine <= MAX_SERVICES; machine++) await tell(machine, 0);
  await clock.advance(10);
  assertEquals(found.length, MAX_SERVICES);
  over.abort();
  await clock.advance(10_000);
  await looking;
});

Deno.test("A journal of more than 128 MiB is refused unread, one that long is looked at", async () => {
  await using folder = await temporaryFolder();
  const { info } = await fileSample();
  const path = join(folder.path, `${info.name}.partial.journal`);
  const lengths: number[] = [];
  const layer = {
    ...denoFileLayer,
    // What is asked for is counted, not read: the file has a length and nothing in it.
    async open(...args: Parameters<typeof denoFileLayer.open>) {
      const handle = await denoFileLayer.open(...args);
      if (args[0] !== path) return handle;
      return Object.assign(handle, {
        readAt(target: Uint8Array) {
          lengths.push(target.length);
          return Promise.resolve(0);
        },
      });
    },
  };
  await Deno.writeFile(path, new Uint8Array(0));
  await Deno.truncate(path, MAX_JOURNAL_BYTES + 1);
  const open = () => openPartialStore({ folder: folder.path, info, layer });
  await assertRejects(open, StorageError, "at most 134217728 are accepted");
  assertEquals(lengths, []);
  await Deno.truncate(path, MAX_JOURNAL_BYTES);
  await assertRejects(open, FileExistsError);
  assertEquals(lengths, [MAX_JOURNAL_BYTES]);
});

Deno.test("A file of 100 bytes may be the lock of a store, a longer one is somebody else's", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "x.lock");
  await Deno.writeTextFile(path, "1".repeat(MAX_LOCK_BYTES));
  await (await StoreLock.acquire(denoFileLayer, path)).release();
  await Deno.writeTextFile(path, "1".repeat(MAX_LOCK_BYTES + 1));
  await assertRejects(() => StoreLock.acquire(denoFileLayer, path), FileExistsError);
  assertEquals((await Deno.readTextFile(path)).length, MAX_LOCK_BYTES + 1);
});

Deno.test("The message of an error is shown with 2,000 characters at most", () => {
  const shown = (length: number) => describeError(new Error("m".repeat(length)));
  assertEquals(shown(MAX_SHOWN_MESSAGE), "m".repeat(MAX_SHOWN_MESSAGE));
  assertEquals(shown(MAX_SHOWN_MESSAGE + 1).length, MAX_SHOWN_MESSAGE);
  assert(shown(MAX_SHOWN_MESSAGE + 1).endsWith("m..."));
});

pure(
  "Of a list of a tracker 200,000 entries are taken, however long it says that it is",
  async () => {
    const lengthOf = async (total: number) => {
      let pages = 0;
      const all = await collectPages(({ limit }) => {
        assert(++pages <= MAX_LISTED_ENTRIES / 500, "there is no end");
        const left = Math.min(limit, total - (pages - 1) * limit);
        return Promise.resolve({ total, entries: new Array<number>(left).fill(1) });
      });
      return all.length;
    };
    assertEquals(await lengthOf(MAX_LISTED_ENTRIES - 1), MAX_LISTED_ENTRIES - 1);
    assertEquals(await lengthOf(MAX_LISTED_ENTRIES), MAX_LISTED_ENTRIES);
    assertEquals(await lengthOf(2 ** 53), MAX_LISTED_ENTRIES);
  },
);

Deno.test("Of a history 4 MiB are read, and a file that has a byte more is cut to its last lines", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "history");
  const history = new HistoryFile(path);
  const last = "see_connected\nhelp\n";
  await Deno.writeTextFile(path, `${"x".repeat(MAX_HISTORY_BYTES - last.length - 1)}\n${last}`);
  assertEquals((await Deno.stat(path)).size, MAX_HISTORY_BYTES);
  assertEquals((await history.read()).map(({ length }) => length), [
    ...[4, 13],
    MAX_HISTORY_BYTES - last.length - 1,
  ]);
  await Deno.writeTextFile(path, `y${await Deno.readTextFile(path)}`);
  assertEquals(await history.read(), ["help", "see_connected"]);
  assertEquals(await Deno.readTextFile(path), last);
});

pure(
  "Of those who dial a TLS door 64 wait to be accepted, and others wait in the system",
  async () => {
    const addr = { transport: "tcp", hostname: "192.0.2.1", port: 443 } as const;
    let taken = 0;
    let isOpen = true;
    const socket = () => ({
      ...{ localAddr: addr, remoteAddr: addr },
      setNoDelay() {},
      close() {},
      read: () => Promise.resolve(null),
    });
    const listener = new TlsListener(
      {
        addr,
        accept: () => isOpen ? Promise.resolve((taken++, socket())) : Promise.reject(new Error()),
        close: () => void (isOpen = false),
      } as unknown as Deno.TcpListener,
      { close() {}, ended: Promise.resolve() } as unknown as TlsTerminator,
      EVERYBODY,
    );
    // All that needs no input is done before the next turn.
    const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
    await settled();
    assertEquals(taken, MAX_WAITING_TLS);
    using _accepted = await listener.accept();
    await settled();
    assertEquals(taken, MAX_WAITING_TLS + 1);
    listener.close();
    await listener.ended();
  },
);
