import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { SortedFiles } from "../../../lib/cli/top/sorted_files.ts";
import { hashOf, sampleFile, samplePeer, sampleSeen, sampleSwarm } from "./sample_seen.ts";

const BY_NAME = { by: "name", direction: "usual" } as const;
const BY_RATE = { by: "rate", direction: "usual" } as const;

Deno.test({
  name:
    "sorted files: they are sorted again only when the files, their order or a rate has changed",
  permissions: "none",
  fn() {
    const sorted = new SortedFiles();
    const seen = sampleSeen([sampleFile(2), sampleFile(1), sampleFile(3)]);
    const names = (...numbers: number[]): string[] => numbers.map((it) => `film ${it}.bin`);
    const namesOf = (...args: Parameters<SortedFiles["of"]>): string[] =>
      sorted.of(...args).map(({ name }) => name);

    const first = sorted.of(seen, BY_NAME);
    assertEquals(namesOf(seen, BY_NAME), names(1, 2, 3));
    assertStrictEquals(sorted.of({ ...seen, peerCount: 99 }, BY_NAME), first);
    assertEquals(namesOf(seen, { by: "name", direction: "reversed" }), names(3, 2, 1));

    const more = { ...seen, files: [...seen.files, sampleFile(0)] };
    assertEquals(namesOf(more, BY_NAME), names(0, 1, 2, 3));

    const swarms = new Map(seen.swarms);
    const moving = { ...seen, swarms };
    swarms.set(hashOf(3), sampleSwarm([samplePeer(1, { downRate: 5 })]));
    const byRate = sorted.of(moving, BY_RATE);
    assertEquals(byRate.map(({ name }) => name), names(3, 1, 2));
    assertStrictEquals(sorted.of(moving, BY_RATE), byRate);
    swarms.set(hashOf(2), sampleSwarm([samplePeer(1, { downRate: 9 })]));
    assert(sorted.of(moving, BY_RATE) !== byRate);
    assertEquals(namesOf(moving, BY_RATE), names(2, 3, 1));
  },
});
