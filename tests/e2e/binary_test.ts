import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import manifest from "../../deno.json" with { type: "json" };
import { permissionFlags } from "../../tools/permission_flags.ts";
import { TARGETS } from "../../tools/targets.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, reportsOf, Scene } from "./scene.ts";

const FILM = randomBytes(seededRandom(44), 3_000_000);
const COMPILE_LIMIT_MS = 120_000;

/** The compiled program in a folder of its own, or why there is none. */
type Compiled =
  | { readonly state: "compiled"; readonly path: string; readonly folder: string }
  | { readonly state: "unavailable"; readonly reason: string };

/**
 * Compiles the program. Without a base binary, which the runtime downloads from a host that not every
 * machine reaches, it cannot be done; whatever else goes wrong fails.
 */
async function compile(): Promise<Compiled> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-binary-" });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      fromFileUrl(import.meta.resolve("../../tools/compile.ts")),
      "--out",
      folder,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(COMPILE_LIMIT_MS),
  }).output();
  if (code === 0) return { state: "compiled", folder, path: join(folder, "sluice") };
  await Deno.remove(folder, { recursive: true });
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const isDownload = /error sending request for url \(https:\/\/\S*denort/.test(said);
  if (!isDownload || Deno.env.get("DENORT_BIN")) throw new Error(`Cannot compile: ${said}`);
  const reason = "the base binary cannot be downloaded, and DENORT_BIN names none";
  return { state: "unavailable", reason };
}

const compiled = await compile();
const ignored = compiled.state === "compiled" ? "" : ` (ignored: ${compiled.reason})`;

Deno.test({
  name: `e2e: the compiled program shares and gets in an empty folder without a runtime${ignored}`,
  ignore: ignored !== "",
  async fn() {
    assert(compiled.state === "compiled");
    const { path: binary, folder } = compiled;
    await using scene = await Scene.open();
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => Deno.remove(folder, { recursive: true }));
    const alice = await scene.folder("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");

    const version = await scene.run(bob, ["--version", "--json"], { binary });
    const [{ version: number, commit } = {}] = reportsOf(version);
    assertEquals(number, manifest.version);
    assert(commit === null || /^[0-9a-f]{40}$/.test(String(commit)), String(commit));

    const ports = ["--port", "0", "--http-port", "0", "--udp-port", "0"];
    const flags = ["--host", "127.0.0.1", ...ports, "--state", "x.db", "--json"];
    const tracker = scene.start(bob, ["tracker", ...flags], { binary });
    const { port } = await tracker.report("listening", ({ door }) => door === "tcp");
    const http = await tracker.report("listening", ({ door }) => door === "http");
    const named = ["--tracker", `127.0.0.1:${port}`, "--json"];
    const share = scene.start(alice, ["share", "film.bin", ...named], { binary });
    await share.report("seeding");
    const get = await scene.run(bob, ["get", "film.bin", ...named], { binary });
    const done = reportsOf(get).at(-1);
    assertEquals([done?.type, done?.downloaded], ["done", FILM.length]);
    await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
    await assertPages(`http://127.0.0.1:${http.port}/`);

    const demo = await scene.run(bob, ["demo"], { binary });
    assertMatch(demo.stdout.at(-1) ?? "", /^done +mv1\.mp4 is byte-equal/);
    const shell = scene.start(bob, ["shell", ...named], { binary, stdin: "piped" });
    await shell.type("connect_server", "request_download film.bin", "quit_torrent");
    assertEquals((await shell.outcome()).code, 0);
    const completions = await scene.run(bob, ["completions", "bash"], { binary });
    assertStringIncludes(completions.stdout.join("\n"), "complete -F _sluice sluice");

    for (const process of [share, tracker]) {
      process.kill("SIGINT");
      assertEquals((await process.outcome()).code, 0);
    }
    const again = scene.start(bob, ["tracker", ...flags], { binary });
    assertEquals((await again.report("state")).torrents, 1);
    again.kill("SIGINT");
    assertEquals((await again.outcome()).code, 0);
    const names = await Array.fromAsync(Deno.readDir(bob), ({ name }) => name);
    assertEquals(
      names.filter((name) => name === "no-cache"),
      [],
      "nothing was downloaded or cached",
    );
  },
});

/** Makes sure that a tracker's HTTP door has its page, all that it loads, and metrics. */
async function assertPages(door: string): Promise<void> {
  const textOf = async (path: string): Promise<string> => {
    const response = await fetch(new URL(path, door));
    const text = await response.text();
    assertEquals(response.status, 200, `${path}: ${text}`);
    assert(text.length > 0, path);
    return text;
  };
  const page = await textOf("");
  const assets = [...page.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, path = ""]) => path);
  assert(
    assets.some((path) => path.endsWith(".js")) && assets.some((path) => path.endsWith(".css")),
  );
  await Promise.all(assets.map(textOf));
  assertStringIncludes(await textOf("metrics"), "# TYPE ");
}

Deno.test("compile: every target is one that the runtime knows", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["compile", "--target", "none", "main.ts"],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assertEquals(code === 0, false);
  const known = new TextDecoder().decode(stderr);
  // Deno 2.4 makes no executables for Windows on arm64.
  const targets = Object.values(TARGETS).filter((target) =>
    !Deno.version.deno.startsWith("2.4.") || target !== "aarch64-pc-windows-msvc"
  );
  for (const target of targets) assertStringIncludes(known, target);
});

Deno.test({
  name: "permissions: what is compiled in is all that the set of deno.json grants, and no more",
  permissions: "none",
  fn() {
    const set = manifest.permissions.default;
    assertEquals(Object.keys(set).toSorted(), ["env", "net", "read", "sys", "write"]);
    assertEquals(permissionFlags(set).toSorted(), [
      "--allow-env=ALL_PROXY,HOME,HTTP_PROXY,LOCALAPPDATA,SLUICE_TOKEN,SLUICE_TRACKER,TERM," +
      "XDG_STATE_HOME,all_proxy,http_proxy",
      "--allow-net",
      "--allow-read",
      "--allow-sys=networkInterfaces",
      "--allow-write",
    ]);
    assertEquals(permissionFlags({ run: false, ffi: true }), ["--allow-ffi"]);
  },
});

Deno.test("permissions: with the set of deno.json a file is shared and got, and the shell runs", async () => {
  const permissions = permissionFlags(manifest.permissions.default);
  await using scene = await Scene.open();
  const alice = await scene.library("alice", { "film.bin": FILM });
  const bob = await scene.folder("bob");
  const ports = ["--port", "0", "--http-port", "0", "--udp-port", "0"];
  const flags = ["--host", "127.0.0.1", ...ports, "--json"];
  const tracker = scene.start(bob, ["tracker", ...flags], { permissions });
  const named = ["--tracker", `127.0.0.1:${(await tracker.report("listening")).port}`, "--json"];
  const share = scene.start(alice, ["share", "film.bin", ...named], { permissions });
  await share.report("seeding");
  const shell = scene.start(bob, ["shell", "--strict", ...named], { permissions, stdin: "piped" });
  await shell.type("connect_server", "request_download film.bin", "quit_torrent");
  const { code, stderr } = await shell.outcome();
  assertEquals({ code, stderr }, { code: 0, stderr: [] });
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});
