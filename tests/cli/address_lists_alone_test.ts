import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import {
  type AddressLists,
  collectList,
  namedPeers,
  openAddressLists,
} from "../../lib/cli/address_lists.ts";
import { Arguments } from "../../lib/cli/arguments.ts";
import { CliError, UsageError } from "../../lib/cli/cli_error.ts";
import { exitCodeOf } from "../../lib/cli/describe_error.ts";
import { EXIT } from "../../lib/cli/exit_code.ts";
import { ADDRESS_FLAGS } from "../../lib/cli/flags.ts";
import type { Report } from "../../lib/cli/output.ts";
import { MAX_ADDRESS_LIST_BYTES } from "../../lib/net/mod.ts";
import { soon } from "../e2e/sluice.ts";

const PEER_FLAG = {
  name: "peer",
  kind: "address",
  value: "X",
  summary: "",
  repeatable: true,
} as const;

/** A folder with lists in it, and what is told about them. */
class Desk implements AsyncDisposable {
  readonly folder: string;
  readonly told: Report[] = [];
  #heard = Promise.withResolvers<void>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Desk> {
    return new Desk(await Deno.makeTempDir());
  }

  /** Writes a list and gives its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.writeFile(
      path,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    return path;
  }

  read(...words: readonly string[]): Promise<AddressLists> {
    const tell = (report: Report): void => {
      this.told.push(report);
      this.#heard.resolve();
    };
    return openAddressLists(argumentsOf(...words), { detail: () => {}, note: tell, error: tell });
  }

  /** Has the lists read again, and waits until that is told. */
  async hangUp(): Promise<Report | undefined> {
    this.#heard = Promise.withResolvers();
    Deno.kill(Deno.pid, "SIGHUP");
    await soon("what comes of SIGHUP", this.#heard.promise);
    return this.told.at(-1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function argumentsOf(...words: readonly string[]): Arguments {
  return new Arguments(words, [...ADDRESS_FLAGS, PEER_FLAG]);
}

async function gzip(text: string): Promise<Uint8Array> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

Deno.test("Lists of addresses are read as they are, or packed by gzip whatever they are called", async () => {
  await using desk = await Desk.open();
  const block = await desk.write("block.dat", await gzip("# level1\nOrg:192.0.2.1-192.0.2.9\n"));
  const allow = await desk.write("allow.txt", "192.0.2.0/24\n");
  using lists = await desk.read("--blocklist", block, "--allowlist", allow);
  const hosts = ["192.0.2.1", "192.0.2.10", "127.0.0.1", "::1"];
  assertEquals(hosts.filter((host) => lists.addresses?.admits(host)), ["192.0.2.10"]);
  assertEquals(desk.told, []);
});

Deno.test("A list of addresses that cannot be used is one clear line with its file, and the exit status", async () => {
  await using desk = await Desk.open();
  const packed = await gzip("192.0.2.1\n".repeat(1_000));
  const cases: [name: string, content: string | Uint8Array, code: number, message: RegExp][] = [
    ["bad.txt", "192.0.2.1\n192.0.2\n", EXIT.usage, /bad\.txt, line 2: it must be an address, /],
    ["cut.gz", packed.subarray(0, packed.length - 9), EXIT.error, /its gzip data is damaged$/],
    ["empty.txt", "# nobody\n", EXIT.usage, /it names no address, so nobody would be let in$/],
  ];
  for (const [name, content, code, message] of cases) {
    const path = await desk.write(name, content);
    const error = await assertRejects(() => desk.read("--allowlist", path), Error);
    assertMatch(error.message, message);
    assert(error.message.includes(path));
    assertEquals(exitCodeOf(error), code, name);
  }
  const missing = await assertRejects(
    () => desk.read("--blocklist", `${desk.folder}/missing`),
    Error,
    `Cannot read --blocklist ${desk.folder}/missing: there is no such file`,
  );
  assertEquals(exitCodeOf(missing), EXIT.error);
  await assertRejects(() => desk.read("--blocklist", desk.folder), Error, "it is a folder");
});

Deno.test("Lines of a blocklist that cannot be read are told with their number, also to the quiet", async () => {
  await using desk = await Desk.open();
  const lines = Array.from(
    { length: 500 },
    (_, at) => `Org ${at}:10.0.${at >> 8}.${at & 255}-10.0.9.9`,
  );
  lines[99] = lines[199] = "who knows";
  using lists = await desk.read("--blocklist", await desk.write("block.p2p", lines.join("\n")));
  assertEquals(lists.addresses?.admits("10.0.0.1"), false);
  assertEquals(desk.told.map(({ unreadable, lines }) => [unreadable, lines]), [[2, [100, 200]]]);
});

Deno.test({
  name: "SIGHUP has the lists read again; if that fails those that were read before stay",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using desk = await Desk.open();
    const path = await desk.write("block.txt", "192.0.2.1");
    using lists = await desk.read("--blocklist", path);
    const { addresses } = lists;
    const admitted = () => ["192.0.2.1", "192.0.2.2"].filter((host) => addresses?.admits(host));
    assertEquals(admitted(), ["192.0.2.2"]);
    await desk.write("block.txt", "192.0.2.2");
    assertEquals((await desk.hangUp())?.state, "read");
    assertEquals(admitted(), ["192.0.2.1"]);
    const generation = addresses?.generation;
    await desk.write("block.txt", "192.0.2");
    const kept = await desk.hangUp();
    assertEquals(kept?.state, "kept");
    assertMatch(String(kept?.reason), /block\.txt, line 1: it must be an address/);
    await Deno.remove(path);
    assertMatch(String((await desk.hangUp())?.reason), /there is no such file/);
    assertEquals([admitted(), addresses?.generation], [["192.0.2.1"], generation]);
  },
});

Deno.test("A peer that is named and cannot be connected to is refused by name", () => {
  const addresses = { admits: (host: string) => host !== "10.9.9.1", generation: 0 };
  const named = (...peers: readonly string[]) =>
    namedPeers({ args: argumentsOf(...peers.flatMap((peer) => ["--peer", peer])), addresses });
  assertEquals(named("10.0.0.1:1", "peer.example:2", "[fe80::1%eth0]:3").length, 3);
  const refused: [string, string][] = [
    ["10.9.9.1:6881", "Cannot use --peer 10.9.9.1:6881: --blocklist or --allowlist keeps it out"],
    ["0.0.0.0:6881", "it is not the address of one machine"],
    ["[ff02::1]:6881", "Cannot use --peer [ff02::1]:6881: it is not the address of one machine"],
  ];
  for (const [peer, message] of refused) {
    assertThrows(() => named("10.0.0.1:1", peer), UsageError, message);
  }
});

Deno.test("A list of addresses has 256 MiB at most, and of more nothing is kept", async () => {
  const part = new Uint8Array(2 ** 20);
  const list = (...rest: readonly Uint8Array[]) =>
    collectList(
      ReadableStream.from([
        ...Array<Uint8Array>(MAX_ADDRESS_LIST_BYTES / part.length).fill(part),
        ...rest,
      ]),
      "--blocklist list.txt",
    );
  assertEquals((await list()).length, MAX_ADDRESS_LIST_BYTES);
  const more = await assertRejects(() => list(new Uint8Array(1)), CliError);
  assertEquals(more.message, "Cannot read --blocklist list.txt: it has more than 256 MiB");
});
