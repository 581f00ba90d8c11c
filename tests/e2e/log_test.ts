import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { refusalOf, Scene } from "./scene.ts";

const TOKEN = "open s3cret";
const utf8 = new TextEncoder();

/** A line of the log, read. */
interface Line {
  readonly time: string;
  readonly level: string;
  readonly type: string;
  readonly message: string;
}

function linesOf(stderr: readonly string[]): Line[] {
  return stderr.map((line) => JSON.parse(line));
}

async function refused(http: string, path: string): Promise<void> {
  const response = await fetch(http.replace("/announce", path));
  await response.body?.cancel();
}

Deno.test("e2e: the log of a tracker is an object a line on standard error, and has no token in it", async () => {
  await using scene = await Scene.open();
  const folder = await scene.folder("files", { "token.txt": utf8.encode(`${TOKEN}\n`) });
  if (Deno.build.os !== "windows") await Deno.chmod(join(folder, "token.txt"), 0o644);
  const log = ["--log-format", "json", "--log-level", "debug"];
  const token = ["--token-file", join(folder, "token.txt")];
  const tracker = await scene.tracker(0, [...log, ...token]);
  const alice = await scene.library("alice", { "film.bin": utf8.encode("film") });
  await scene.share(alice, "film.bin", tracker, token);
  const escaped = encodeURIComponent(TOKEN);
  await refused(tracker.urls.http, `/${escaped}x/announce?info_hash=1`);
  await refused(tracker.urls.http, `/${escaped}/announce?info_hash=1`);
  await refused(tracker.urls.http, `/${escaped}/metrics`);
  await refused(tracker.urls.http, `/${escaped}x/metrics`);
  tracker.process.kill("SIGINT");
  const { stderr, stdout } = await tracker.process.outcome();
  const lines = linesOf(stderr);
  for (const { time, level, type, message } of lines) {
    assertEquals(new Date(time).toISOString(), time);
    assert(["error", "warn", "info", "debug"].includes(level), level);
    assert(type.length > 0 && message.length > 0);
  }
  const levelOf = (type: string) => lines.find((line) => line.type === type)?.level;
  const levels = ["listening", "ready", "connected", "published", "refused"].map(levelOf);
  assertEquals(levels, ["info", "info", "info", "info", "warn"]);
  if (Deno.build.os !== "windows") assertEquals(levelOf("open-file"), "warn");
  // What --json prints is as it is without a log.
  const reported = stdout.map((line) => JSON.parse(line));
  assertEquals(reported.map(({ type }) => type), lines.map(({ type }) => type));
  assertEquals(reported.filter((report) => "level" in report), []);
  for (const line of [...stderr, ...stdout]) {
    for (const secret of [TOKEN, escaped, "s3cret"]) assertFalse(line.includes(secret), line);
  }
});

Deno.test("e2e: what is less grave than the level is not told, and a level that does not exist is refused", async () => {
  await using scene = await Scene.open();
  const any = ["tracker", "--host", "127.0.0.1", "--port", "0", "--http-port", "0", "--no-udp"];
  const tracker = scene.start(scene.path, [...any, "--log-level", "warn", "--token", TOKEN]);
  const [, port] = /:(\d+) \(HTTP\)/.exec(await tracker.line("(HTTP)")) ?? [];
  await refused(`http://127.0.0.1:${port}/announce`, "/announce?info_hash=1");
  await tracker.note("refused");
  tracker.kill("SIGINT");
  const { stderr } = await tracker.outcome();
  assertEquals(stderr.length, 2, stderr.join("\n"));
  assertStringIncludes(stderr[0] ?? "", "--token-file FILE keeps it out");
  const line = refusalOf(await scene.run(scene.path, [...any, "--log-level", "loud"]), 28);
  assertStringIncludes(line, "it must be error, warn, info or debug");
});
