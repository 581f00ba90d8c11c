import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";
import { assertContent, refusalOf, reportsOf, type RunningTracker, Scene } from "./scene.ts";
import { TEST_AUTHORITY, TEST_CERTIFICATE, TEST_KEY } from "../vectors/tls_certificates.ts";
import { mountSmall, obstacle } from "./staged_disk.ts";

const MEBIBYTE = 1024 * 1024;
const FILM = randomBytes(seededRandom(41), 3 * MEBIBYTE + 7);
const LOCK = ".sluice-uploads.lock";
const NO_MOUNT = obstacle((path) => mountSmall(path, "size=1m"));

/** Hands a file in. */
async function handIn(
  { urls }: RunningTracker,
  name: string,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
) {
  const url = new URL(`api/v1/uploads?name=${encodeURIComponent(name)}`, urls.http);
  const response = await fetch(url, { method: "POST", body, headers });
  return { status: response.status, ...await response.json() };
}

/** The names in the folder of a tracker that takes files in, but that of its lock. */
function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name !== LOCK)
    .sort();
}

Deno.test("e2e: a file that is handed in at the tracker is got by others, and again after a restart", async () => {
  await using scene = await Scene.open();
  const uploads = await scene.folder("uploads");
  const flags = ["--share-uploads", uploads, "--state", join(scene.path, "tracker.db")];
  const first = await scene.tracker(0, flags);
  const { status, infoHash, name, length, magnet } = await handIn(first, "film.bin", FILM);
  assertEquals({ status, name, length }, { status: 201, name: "film.bin", length: FILM.length });
  assertStringIncludes(magnet, `urn:btih:${infoHash}`);
  await assertContent(join(uploads, "film.bin"), FILM);
  const bob = await scene.folder("bob");
  const got = reportsOf(await scene.run(bob, ["get", "film.bin", ...first.flags, "--json"]));
  assertEquals(got.at(-1)?.infoHash, infoHash);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);

  // The same again is there already; something else of the name is not taken.
  assertEquals((await handIn(first, "film.bin", FILM)).infoHash, infoHash);
  assertEquals((await handIn(first, "film.bin", FILM.slice(1))).status, 409);
  await assertContent(join(uploads, "film.bin"), FILM);
  assertEquals(namesIn(uploads), ["film.bin"]);

  first.process.kill("SIGINT");
  assertEquals((await first.process.outcome()).code, 0);
  const second = await scene.tracker(0, flags);
  const carol = await scene.folder("carol");
  reportsOf(await scene.run(carol, ["get", infoHash, ...second.flags, "--json"]));
  await assertContent(join(carol, "Original_Files", "film.bin"), FILM);
});

Deno.test("e2e: a file of many MiB is handed in at one go, however the bytes come", async () => {
  await using scene = await Scene.open();
  const uploads = await scene.folder("uploads");
  const tracker = await scene.tracker(0, ["--share-uploads", uploads]);
  const large = new Uint8Array(40 * MEBIBYTE).fill(7);
  assertEquals((await handIn(tracker, "large.bin", large)).status, 201);
  assertEquals(await Deno.readFile(join(uploads, "large.bin")), large);
});

Deno.test("e2e: what cannot be taken in is told with the way out, and leaves nothing", async () => {
  await using scene = await Scene.open();
  const uploads = await scene.folder("uploads");
  const tracker = await scene.tracker(0, ["--share-uploads", uploads, "--max-upload", "4M"]);
  const at = (bytes: number) => new Uint8Array(bytes);
  const unnamed = await fetch(new URL("api/v1/uploads", tracker.urls.http), {
    method: "POST",
    body: at(1),
  });
  assertEquals([unnamed.status, (await unnamed.json()).error], [
    400,
    "The file has no name; add ?name= to the URL",
  ]);
  for (const name of ["", "..", "../x", "a/b", "nul", "x.partial", "a\u202eb", LOCK]) {
    const { status, error } = await handIn(tracker, name, FILM);
    assertEquals(status, 400, name);
    assertStringIncludes(error, "choose another name");
  }
  assertEquals((await handIn(tracker, "exact", at(4 * MEBIBYTE))).status, 201);
  const long = await handIn(tracker, "long", at(4 * MEBIBYTE + 1));
  assertEquals(long.status, 413);
  assertStringIncludes(long.error, "--max-upload");
  const untold = await handIn(tracker, "untold", new Blob([at(9)]).stream());
  assertEquals(untold.status, 411);
  const foreign = await handIn(tracker, "foreign", at(9), { origin: "http://evil.example" });
  assertEquals(foreign.status, 403);
  assertEquals(namesIn(uploads), ["exact"]);
});

Deno.test("e2e: a file that breaks off leaves nothing, and others go on", async () => {
  await using scene = await Scene.open();
  const uploads = await scene.folder("uploads");
  const tracker = await scene.tracker(0, ["--share-uploads", uploads]);
  const { hostname, port } = new URL(tracker.urls.http);
  {
    using connection = await Deno.connect({ hostname, port: Number(port) });
    const head = "POST /api/v1/uploads?name=half HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
      "Content-Length: 5000000\r\n\r\n";
    await connection.write(new TextEncoder().encode(head));
    await connection.write(new Uint8Array(100_000));
    while (namesIn(uploads).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await tracker.process.report("upload-refused");
  assertEquals(namesIn(uploads), []);
  assertEquals((await handIn(tracker, "whole", FILM)).status, 201);
});

Deno.test({
  name:
    `e2e: a file for which the tracker's disk has no room is refused, and leaves nothing${NO_MOUNT}`,
  ignore: NO_MOUNT !== "",
  async fn() {
    await using scene = await Scene.open();
    const small = join(scene.path, "small");
    using _small = mountSmall(small, "size=2m");
    const tracker = await scene.tracker(0, ["--share-uploads", small]);
    const { status, error } = await handIn(tracker, "film.bin", FILM);
    assertEquals(status, 507);
    assertStringIncludes(error, "no room");
    assertEquals(namesIn(small), []);
    assertEquals((await handIn(tracker, "small.bin", FILM.slice(0, MEBIBYTE))).status, 201);
    tracker.process.kill("SIGINT");
    await tracker.process.outcome();
  },
});

Deno.test("e2e: files are taken in by a tracker with a token, and flags that make no sense are refused", async () => {
  await using scene = await Scene.open();
  const uploads = await scene.folder("uploads");
  const plain = await scene.tracker();
  const { status, error } = await handIn(plain, "film.bin", FILM.slice(0, 9));
  assertEquals(status, 404);
  assertStringIncludes(error, "--share-uploads DIR");

  const secret = await scene.tracker(0, ["--share-uploads", uploads, "--token", "s3cret"]);
  const inside = {
    ...secret,
    urls: { ...secret.urls, http: secret.urls.http.replace("/announce", "/s3cret/") },
  };
  assertEquals((await handIn(inside, "film.bin", FILM)).status, 201);
  assertEquals((await handIn(secret, "other.bin", FILM.slice(0, 9))).status, 403);
  const bob = await scene.folder("bob");
  const get = ["get", "film.bin", ...secret.flags, "--token", "s3cret", "--json"];
  const got = await scene.run(bob, get);
  assertEquals(got.code, 0);

  const run = (...args: string[]) => scene.run(scene.path, ["tracker", "--port", "0", ...args]);
  assertStringIncludes(refusalOf(await run("--max-upload", "1G"), 28), "it needs --share-uploads");
  for (const flag of ["--no-http", "--no-dashboard"]) {
    const line = refusalOf(await run("--share-uploads", uploads, flag), 28);
    assertStringIncludes(line, `--share-uploads with ${flag}`);
  }
  assertStringIncludes(refusalOf(await run("--share-uploads", uploads), 1), "store in use");
  assertStringIncludes(refusalOf(await run("--share-uploads", "none"), 1), "does not exist");
});

Deno.test("e2e: files that are handed in by TLS are shared, though the certificate names no one within", async () => {
  await using scene = await Scene.open();
  const uploads = await scene.folder("uploads");
  const bob = await scene.folder("bob", {
    "cert.pem": new TextEncoder().encode(TEST_CERTIFICATE),
    "key.pem": new TextEncoder().encode(TEST_KEY),
    "ca.pem": new TextEncoder().encode(TEST_AUTHORITY),
  });
  await Deno.chmod(join(bob, "key.pem"), 0o600);
  const tracker = await scene.tracker(0, [
    ...["--tls-cert", join(bob, "cert.pem"), "--tls-key", join(bob, "key.pem")],
    ...["--share-uploads", uploads],
  ]);
  using client = Deno.createHttpClient({ caCerts: [TEST_AUTHORITY] });
  const url = new URL("api/v1/uploads?name=film.bin", tracker.urls.http.replace("http:", "https:"));
  const response = await fetch(url, { method: "POST", body: FILM, client });
  assertEquals([response.status, (await response.json()).name], [201, "film.bin"]);
  const own = ["--tracker", `tls://127.0.0.1:${tracker.port}`, "--tls-ca", "ca.pem", "--json"];
  reportsOf(await scene.run(bob, ["get", "film.bin", ...own]));
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});
