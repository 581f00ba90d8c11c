import { assertEquals } from "@std/assert";
import { infoHashFromHex } from "../../lib/bytes/mod.ts";
import { SwarmWatch } from "../../lib/cli/swarm_watch.ts";
import { FakeClock } from "../../lib/net/mod.ts";
import type { ListFilesArguments, ListFilesReply } from "../../lib/tracker/mod.ts";

const A = infoHashFromHex("a".repeat(40));
const B = infoHashFromHex("b".repeat(40));

function tracker(answer: (name: string | undefined) => ListFilesReply["files"]) {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    // deno-lint-ignore require-await
    async listFiles(query?: ListFilesArguments): Promise<ListFilesReply> {
      asked.push(query?.name);
      const files = answer(query?.name);
      return { total: files.length, offset: 0, files };
    },
  };
}

function entry(infoHash: typeof A, seeders: number): ListFilesReply["files"][number] {
  const shape = { name: "film.bin", length: 1, pieceLength: 16_384 };
  const counts = { seeders, leechers: 1, completions: 0, availability: 2_400 };
  return { ...shape, ...counts, infoHash, pieces: 1, state: "published" };
}

Deno.test({
  name: "swarm watch: of several torrents of one name the right one counts, and it is asked again",
  async fn() {
    const clock = new FakeClock();
    let seeders = 2;
    const one = tracker(() => [entry(B, 9), entry(A, seeders)]);
    const another = tracker(() => []);
    using watch = new SwarmWatch({
      clock,
      clients: () => [one, another],
      swarms: () => [{ name: "film.bin", infoHash: A }],
    });
    assertEquals(watch.of(A), undefined);
    await clock.advance(100);
    assertEquals(watch.of(A), { seeders: 2, leechers: 1, copies: 2.4 });
    seeders = 3;
    await clock.advance(10_000);
    assertEquals(watch.of(A)?.seeders, 3);
    assertEquals(one.asked, ["film.bin", "film.bin"]);
    assertEquals(another.asked, [], "who is asked after the one that knows it");
    assertEquals(watch.of(B), undefined);
  },
});

Deno.test({
  name: "swarm watch: a tracker that fails or knows nothing is as good as none, another one counts",
  async fn() {
    const clock = new FakeClock();
    const failing = tracker(() => {
      throw new Error("it is not there");
    });
    let files = [entry(A, 1)];
    using watch = new SwarmWatch({
      clock,
      clients: () => [failing, tracker(() => []), tracker(() => files)],
      swarms: () => [{ name: "film.bin", infoHash: A }],
    });
    await clock.advance(100);
    assertEquals(watch.of(A)?.seeders, 1);
    files = [];
    await clock.advance(11_000);
    assertEquals(watch.of(A), undefined);
  },
});

Deno.test({
  name: "swarm watch: of many torrents two a second are asked for, and none after the end",
  async fn() {
    const clock = new FakeClock();
    const one = tracker(() => []);
    const swarms = Array.from({ length: 100 }, (_, at) => ({ name: `${at}`, infoHash: A }));
    const watch = new SwarmWatch({ clock, clients: () => [one], swarms: () => swarms });
    await clock.advance(19_900);
    assertEquals(one.asked, swarms.slice(0, 40).map(({ name }) => name));
    watch[Symbol.dispose]();
    await clock.advance(60_000);
    assertEquals(one.asked.length, 40);
  },
});
