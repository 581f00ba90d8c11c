import { assertEquals, assertStringIncludes } from "@std/assert";
import { PeerNode } from "../../../lib/peer/mod.ts";
import { openMemoryStore } from "../../../lib/storage/mod.ts";
import { FaultyLayer } from "../../storage/faulty_layer.ts";
import { assertSameBytes } from "../../storage/samples.ts";
import { Desk, NEVER } from "./desk.ts";

Deno.test("ShellClient waits for a full disk, says so to those who look, and goes on by itself", async () => {
  let disk: "full" | "roomy" = "roomy";
  const layer = new FaultyLayer((call, _count, path) =>
    disk === "full" && call === "writeAt" && path.endsWith(".part5.tmp")
      ? { kind: "error", code: "ENOSPC" }
      : undefined
  );
  await using desk = await Desk.open(layer);
  const film = await desk.cutFilm();
  const { library } = desk.client;
  await Deno.remove(library.partPath("mv1.mp4", 4));
  await using other = new PeerNode({ host: "127.0.0.1" });
  other.add(openMemoryStore(film.info, film.data), { intent: "serve" });
  await desk.client.openAll(NEVER);
  await desk.told(`connect_client 127.0.0.1 ${other.address.port}`);
  const torrent = desk.client.torrents.get("mv1.mp4");
  const events = torrent?.watch().getReader();

  disk = "full";
  const download = desk.run("request_download mv1.mp4");
  while ((await events?.read())?.value?.type !== "disk-waiting");
  assertStringIncludes(await desk.told("see_this_client_info"), "(12/13), waits: disk full");
  disk = "roomy";
  assertEquals(await download, "done", desk.failed.at(-1)?.[1]);
  const here = await desk.told("see_this_client_info");
  assertEquals(here.includes("waits"), false, here);
  assertSameBytes(await Deno.readFile(library.originalPath("mv1.mp4")), film.data);
  await events?.cancel();
});
