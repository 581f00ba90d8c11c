import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TEST_AUTHORITY, TEST_CERTIFICATE, TEST_KEY } from "../vectors/tls_certificates.ts";
import { Scene } from "./scene.ts";

const TOKEN = "open s3cret";
const utf8 = new TextEncoder();

Deno.test("e2e: with TLS and a token from a file all works, what is wrong is one line, and no word has the token in it", async () => {
  await using scene = await Scene.open();
  const folder = await scene.folder("files", {
    "token.txt": utf8.encode(`${TOKEN}\n`),
    "wrong.txt": utf8.encode("closed s3cret\n"),
    "cert.pem": utf8.encode(TEST_CERTIFICATE),
    "key.pem": utf8.encode(TEST_KEY),
    "ca.pem": utf8.encode(TEST_AUTHORITY),
  });
  const file = (name: string): string => join(folder, name);
  if (Deno.build.os !== "windows") {
    for (const name of ["wrong.txt", "key.pem"]) await Deno.chmod(file(name), 0o600);
    await Deno.chmod(file("token.txt"), 0o644);
  }
  const right = ["--token-file", file("token.txt")];
  const tracker = await scene.tracker(0, [
    ...right,
    ...["--tls-cert", file("cert.pem"), "--tls-key", file("key.pem"), "--verbose"],
  ]);
  const own = ["--tracker", `tls://127.0.0.1:${tracker.port}`];
  const url = tracker.urls.http.replace("http:", "https:")
    .replace("/announce", `/${encodeURIComponent(TOKEN)}/announce`);
  const trusting = ["--tls-ca", file("ca.pem")];
  const alice = await scene.library("alice", { "film.bin": utf8.encode("film") });
  const share = scene.start(alice, [
    ...["share", "film.bin", "--json", "--verbose"],
    ...[...own, "--tracker", url, ...right, ...trusting],
  ]);
  const [seeding, list, stranger, plain, guesser] = await Promise.all([
    share.report("seeding"),
    scene.run(folder, ["list", ...own, ...right, ...trusting]),
    scene.run(folder, ["list", ...own, ...right]),
    scene.run(folder, ["list", ...tracker.flags, ...right]),
    scene.run(folder, ["list", ...own, "--token-file", file("wrong.txt"), ...trusting]),
  ]);
  assertEquals(seeding.announced, true);
  assertFalse(String(seeding.magnet).includes("tr="));
  assertEquals(list.code, 0, list.stderr.join("\n"));
  const refused = [[stranger, 2, "--tls-ca FILE"], [plain, 2, "tls://"], [
    guesser,
    33,
    "wrong",
  ]] as const;
  for (const [{ code, stderr }, status, text] of refused) {
    assertEquals(code, status, stderr.join("\n"));
    assertStringIncludes(stderr.at(-1) ?? "", text);
    assertEquals(stderr.filter((line) => line.startsWith("sluice: ")).length, 1);
  }
  share.kill("SIGINT");
  const shared = await share.outcome();
  tracker.process.kill("SIGINT");
  const served = await tracker.process.outcome();
  assertEquals(tracker.process.reports.filter(({ tls }) => tls === true).length, 2);
  if (Deno.build.os !== "windows") {
    assertEquals(tracker.process.reports.filter(({ type }) => type === "open-file").length, 1);
  }
  for (const { stdout, stderr } of [shared, served, list, stranger, plain, guesser]) {
    for (const line of [...stdout, ...stderr]) {
      for (const secret of [TOKEN, "s3cret"]) assertFalse(line.includes(secret), line);
    }
  }
});
