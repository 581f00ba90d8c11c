import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { Arguments } from "../../lib/cli/arguments.ts";
import { CliError, UsageError } from "../../lib/cli/cli_error.ts";
import { describeError, exitCodeOf } from "../../lib/cli/describe_error.ts";
import { COMMON_FLAGS, SWARM_KEY_FLAG } from "../../lib/cli/flags.ts";
import { MAX_KEY_FILE_BYTES, MAX_TOLD_STRANGERS } from "../../lib/cli/limits.ts";
import type { Report } from "../../lib/cli/output.ts";
import { RefusedPeers } from "../../lib/cli/refused_peers.ts";
import { chooseTransport, writeNewKey } from "../../lib/cli/swarm_key.ts";
import {
  type AddressFilter,
  AddressRefusedError,
  formatAddress,
  formatSwarmKey,
  generateSwarmKey,
  parseSwarmKey,
  SwarmKeyError,
  tcpTransport,
  type Transport,
} from "../../lib/net/mod.ts";

class Folder implements AsyncDisposable {
  private constructor(readonly path: string) {}

  static async open(): Promise<Folder> {
    return new Folder(await Deno.makeTempDir({ prefix: "sluice-key-" }));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** What `--swarm-key` with this file gives, and what is told. */
function choose(path: string, addresses?: AddressFilter): {
  readonly transport: Transport | undefined;
  readonly told: Report[];
  readonly details: string[];
} {
  const told: Report[] = [];
  const details: string[] = [];
  const note = (report: Report): void => void told.push(report);
  const detail = (_report: Report, text: string): void => void details.push(text);
  const args = new Arguments(["--swarm-key", path], [...COMMON_FLAGS, SWARM_KEY_FLAG]);
  const lists = addresses === undefined ? {} : { addresses };
  const transport = chooseTransport({ args, output: { note, warn: note, detail }, ...lists });
  return { transport, told, details };
}

Deno.test("--swarm-key: a key is made in a new file for its owner alone, and never overwritten", async () => {
  await using folder = await Folder.open();
  const path = folder.file("team.key");
  await writeNewKey(path);
  const text = await Deno.readTextFile(path);
  assertEquals(formatSwarmKey(parseSwarmKey(text)), text);
  if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  const error = await assertRejects(() => writeNewKey(path), CliError, "it exists");
  assertEquals(exitCodeOf(error), 13);
  assertEquals(await Deno.readTextFile(path), text);
  await assertRejects(() => writeNewKey(folder.file("no/team.key")), CliError, "no such folder");
  assertEquals(choose(path).told, []);
});

Deno.test("--swarm-key: without it peers are reached as ever", () => {
  const args = new Arguments([], [...COMMON_FLAGS, SWARM_KEY_FLAG]);
  const output = { note: () => undefined, warn: () => undefined, detail: () => undefined };
  assertEquals(chooseTransport({ args, output }), undefined);
});

Deno.test("--swarm-key: what is no key file is refused in one line that shows nothing of it", async () => {
  await using folder = await Folder.open();
  const secret = formatSwarmKey(generateSwarmKey());
  const digits = secret.split("\n")[1] ?? "";
  const files: Record<string, string> = {
    "bare": digits,
    "short": secret.slice(0, -3),
    "binary": "\u0000\u0001\u001b[31m",
  };
  for (const [name, text] of Object.entries(files)) {
    const path = folder.file(name);
    await Deno.writeTextFile(path, text, { mode: 0o600 });
    const line = describeError(assertThrows(() => choose(path), UsageError));
    assertEquals(line.startsWith(`Cannot use the swarm key in ${path}: it`), true, line);
    assertEquals(line.endsWith('; "sluice key FILE" makes one'), true, line);
    assertEquals(line.includes(digits.slice(0, 8)), false, line);
  }
  const missing = assertThrows(() => choose(folder.file("none")), CliError, "no such file");
  assertEquals(exitCodeOf(missing), 1);
  assertEquals(
    missing.message.endsWith('; name a file with the swarm key in it, "sluice key FILE" makes one'),
    true,
  );
  assertThrows(
    () => choose(folder.path),
    CliError,
    `Cannot read --swarm-key ${folder.path}: it is a folder`,
  );
});

Deno.test("--swarm-key: a key file has 1,024 bytes at most, and of a longer one nothing is used", async () => {
  await using folder = await Folder.open();
  const path = folder.file("team.key");
  const text = formatSwarmKey(generateSwarmKey());
  await Deno.writeTextFile(path, text.padEnd(MAX_KEY_FILE_BYTES + 1, "\n"), { mode: 0o600 });
  assertEquals(choose(path).told, []);
  await Deno.writeTextFile(path, text.padEnd(MAX_KEY_FILE_BYTES + 2, "\n"));
  const { message } = assertThrows(() => choose(path), UsageError, "it is longer than 1024 bytes");
  assertEquals(message.includes(text.split("\n")[1] ?? ""), false);
});

Deno.test({
  name: "--swarm-key: a key that others may read is used, and that is told",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await Folder.open();
    const path = folder.file("team.key");
    await writeNewKey(path);
    for (const mode of [0o640, 0o604, 0o620]) {
      await Deno.chmod(path, mode);
      const { transport, told } = choose(path);
      assertEquals(told, [{ type: "open-file", path, problem: "others may use it" }]);
      assertEquals(typeof transport?.dial, "function");
    }
  },
});

Deno.test("--swarm-key: of those who do not know the key each is told of once", async () => {
  await using folder = await Folder.open();
  const path = folder.file("team.key");
  await writeNewKey(path);
  const { transport, told, details } = choose(path);
  if (transport === undefined) throw new Error("there is no transport");
  using listener = transport.listen({ host: "127.0.0.1", port: 0 });
  for (let round = 0; round < 2; round++) {
    using stranger = await tcpTransport.dial(listener.address);
    using met = await listener.accept();
    await stranger.writable.getWriter().write(new Uint8Array(48));
    await assertRejects(() => met.readable.getReader().read(), SwarmKeyError);
  }
  assertEquals([told, details], [[], ["127.0.0.1 does not know this swarm's key"]]);

  // That one who is dialled does not know it may mean that ours is the wrong one.
  const peers: string[] = [];
  for (let round = 0; round < 2; round++) {
    using strange = tcpTransport.listen({ host: "127.0.0.1", port: 0 });
    peers.push(formatAddress(strange.address));
    for (let again = 0; again < 2; again++) {
      using dialled = await transport.dial(strange.address);
      using met = await strange.accept();
      await met.readable.getReader().read();
      met.close();
      await assertRejects(() => dialled.readable.getReader().read(), SwarmKeyError);
    }
  }
  const reason = "closed the connection without a proof that it knows this swarm's key";
  assertEquals(told, [{ type: "peer-refused", peer: peers[0], direction: "outgoing", reason }]);
  assertEquals(details.slice(1), [`${peers[1]} ${reason}`]);
});

Deno.test("--swarm-key: of a thousand who do not know the key it is told, and not of one more", () => {
  const told = { note: 0, detail: 0 };
  const refused = new RefusedPeers({
    note: () => void told.note++,
    detail: () => void told.detail++,
  });
  for (let peer = 0; peer < MAX_TOLD_STRANGERS; peer++) {
    assertEquals(told.note + told.detail, peer);
    const remote = { host: `10.0.${peer >> 8}.${peer & 255}`, port: 1 };
    const direction = peer % 2 === 0 ? "incoming" : "outgoing";
    refused.tell(new SwarmKeyError(remote, "wrong"), direction);
    refused.tell(new SwarmKeyError(remote, "wrong"), direction);
  }
  refused.tell(new SwarmKeyError({ host: "192.0.2.7", port: 1 }, "wrong"), "outgoing");
  assertEquals(told, { note: 1, detail: MAX_TOLD_STRANGERS - 1 });
});

Deno.test("--swarm-key: who is shut out by address hears nothing of the key, whoever dials", async () => {
  await using folder = await Folder.open();
  const path = folder.file("team.key");
  await writeNewKey(path);
  const nobody: AddressFilter = { admits: () => false, generation: 0 };
  const { transport } = choose(path, nobody);
  if (transport === undefined) throw new Error("no key was chosen");
  using listener = transport.listen({ host: "127.0.0.1", port: 0 });
  const accepting = listener.accept().catch(() => undefined);
  using dialled = await tcpTransport.dial(listener.address);
  assertEquals(await Array.fromAsync(dialled.readable), []);
  using bystander = tcpTransport.listen({ host: "127.0.0.1", port: 0 });
  await assertRejects(() => transport.dial(bystander.address), AddressRefusedError);
  listener.close();
  await accepting;
});
