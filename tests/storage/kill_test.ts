import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { openPartialStore, openSeedStore } from "../../lib/storage/mod.ts";
import { killSample } from "./kill_sample.ts";
import { namesIn, temporaryFolder } from "./samples.ts";

Deno.test("a process that is killed again and again loses no piece that it reported", async () => {
  const { info } = await killSample();
  await using folder = await temporaryFolder();
  const reported = new Set<number>();
  let kills = 0;
  for (const untilPiece of [1, 20, 41, 90, 170, 290, Infinity]) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-lock",
        fromFileUrl(import.meta.resolve("./put_pieces.ts")),
        folder.path,
      ],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const answers = child.stdin.getWriter();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TextLineStream(),
    );
    for await (const line of lines) {
      reported.add(Number(line));
      if (reported.size < untilPiece) {
        await answers.write(new Uint8Array(1)).catch(() => undefined); // at the end nobody reads it
        continue;
      }
      child.kill("SIGKILL");
      break;
    }
    const { success } = await child.status;
    await answers.abort();
    if (success) break;
    kills++;
    await using store = await openPartialStore({ folder: folder.path, info });
    for (const index of reported) assert(store.held.has(index), `piece ${index} is lost`);
  }
  assertEquals(kills, 6);
  assertEquals(await namesIn(folder.path), [info.name]);
  await using store = await openSeedStore({ info, path: join(folder.path, info.name) });
  assert(store.held.isFull);
});
