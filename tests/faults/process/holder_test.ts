import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertContent, refusalOf, reportsOf, Scene } from "../../e2e/scene.ts";
import { deadPort } from "../../e2e/dead_port.ts";
import { done, filmOf, holds, IN_PIECES } from "./transfers.ts";

const FILM = filmOf(4, 64);

for (const way of [[], ["--chunks"], ["--out", "out"]] as const) {
  const flags = way.length === 0 ? "" : ` ${way[0]}`;
  Deno.test(`faults: a second get${flags} of one download names the first, and can follow it at once when it is killed`, async () => {
    await using scene = await Scene.open();
    const tracker = await scene.tracker();
    const alice = await scene.library("alice", { "film.bin": FILM });
    const bob = await scene.folder("bob");
    await scene.share(alice, "film.bin", tracker, IN_PIECES);
    const get = ["get", "film.bin", ...way, ...tracker.flags];
    const first = scene.start(bob, [...get, "--down", "1M", "--json"]);
    await holds(first, 1);
    const line = refusalOf(await scene.run(bob, get), 1);
    assertStringIncludes(line, `in use by pid ${first.pid}`);
    const { bytes } = await holds(first, FILM.length / 2);
    first.kill("SIGKILL");
    await first.outcome();

    const second = scene.start(bob, [...get, "--down", "300K", "--json"]);
    await holds(second, Number(bytes));
    const again = refusalOf(await scene.run(bob, get), 1);
    assertStringIncludes(again, `in use by pid ${second.pid}`);
    second.kill("SIGTERM");
    assertEquals((await second.outcome()).code, 7);
    await done(scene.start(bob, [...get, "--json"]));
    const folder = way[0] === "--out" ? "out" : "Original_Files";
    await assertContent(join(bob, folder, "film.bin"), FILM);
    assertEquals(reportsOf(await scene.run(bob, [...get, "--json"])).at(-1)?.downloaded, 0);
  });
}

Deno.test("faults: what shares and what fetches other files use one library at the same time", async () => {
  await using scene = await Scene.open();
  const tracker = await scene.tracker();
  const alice = await scene.library("alice", { "film.bin": FILM, "song.bin": filmOf(5, 8) });
  await scene.share(alice, "film.bin", tracker, IN_PIECES);
  await scene.share(alice, "song.bin", tracker, IN_PIECES);
  const bob = await scene.folder("bob");
  const flags = [...tracker.flags, "--json"];
  const film = scene.start(bob, ["get", "film.bin", "--down", "2M", ...flags]);
  await holds(film, 1);
  reportsOf(await scene.run(bob, ["get", "song.bin", ...flags]));
  await scene.share(bob, "song.bin", tracker, IN_PIECES);
  await done(film);
  await assertContent(join(bob, "Original_Files", "film.bin"), FILM);
});

Deno.test("faults: a port in use is one line that names the port and its flag, whoever needs it", async () => {
  await using scene = await Scene.open();
  using stream = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    const taken = String(stream.addr.port);
    const datagrams = String((socket.addr as Deno.NetAddr).port);
    const library = await scene.library("library", { "film.bin": FILM });
    reportsOf(await scene.run(library, ["create", "film.bin", "--json"]));
    const here = ["--host", "127.0.0.1"];
    const tracker = ["tracker", ...here];
    const nowhere = [...here, "--tracker", `127.0.0.1:${deadPort()}`, "--port", taken];
    const commands: readonly (readonly [readonly string[], string, string])[] = [
      [[...tracker, "--port", taken, "--http-port", "0", "--udp-port", "0"], taken, "--port"],
      [[...tracker, "--port", "0", "--http-port", taken, "--udp-port", "0"], taken, "--http-port"],
      [
        [...tracker, "--port", "0", "--http-port", "0", "--udp-port", datagrams],
        datagrams,
        "--udp-port",
      ],
      [["share", "film.bin", ...nowhere], taken, "--port"],
      [["seed", "film.bin.torrent", "Original_Files", ...nowhere], taken, "--port"],
      [["get", "film.bin", ...nowhere], taken, "--port"],
      [["shell", ...nowhere], taken, "--port"],
    ];
    await Promise.all(commands.map(async ([command, port, flag]) => {
      const line = refusalOf(await scene.run(library, command), 1);
      const text =
        `Cannot listen at 127.0.0.1:${port}: the port is in use; choose another with ${flag},`;
      assertStringIncludes(line, text);
    }));
  } finally {
    socket.close();
  }
});
