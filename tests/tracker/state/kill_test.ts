import { assert, assertEquals, assertGreater } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { openDatabase } from "../../../lib/tracker/state/sqlite.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { namesOf, openedState, statePath } from "./sample_state.ts";

/** How often the process is killed. */
const KILLS = 12;

Deno.test("state file: a process that is killed again and again loses nothing that was written", async () => {
  await using place = await statePath();
  const random = seededRandom(7);
  let last = -1;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-lock", fromFileUrl(import.meta.resolve("./write_state.ts"))],
        ...[place.path, String(last + 1)],
      ],
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
      new TextLineStream(),
    );
    const until = last + 1 + randomBelow(random, 250);
    for await (const line of lines) {
      if (line === "open") continue;
      last = Number(line);
      if (last < until) continue;
      child.kill("SIGKILL");
      break;
    }
    assert(!(await child.status).success);
    last = checked(await openedState(place.path), last);
    const database = openDatabase(place.path);
    assertEquals({ ...database.prepare("PRAGMA integrity_check").get() }, {
      integrity_check: "ok",
    });
    database.close();
  }
  assertGreater(last, KILLS);
});

/** Makes sure that all is there to a number, and what was written after that; gives the last number. */
function checked(opened: Awaited<ReturnType<typeof openedState>>, told: number): number {
  using _opened = opened;
  const names = namesOf(opened.registry);
  assert(names.length > told, `${names.length} of ${told + 1} torrents are there`);
  assertEquals(names, names.map((_, number) => `film ${number}`));
  assertEquals(opened.state.leftOut, undefined);
  assertEquals(opened.counts.get("pushes"), names.length - 1);
  return names.length - 1;
}
