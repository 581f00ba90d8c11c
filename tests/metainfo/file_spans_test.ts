import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileSpans, type TorrentFile } from "../../lib/metainfo/mod.ts";
import { seededRandom } from "../bencode/seeded_random.ts";

function filesOf(lengths: readonly number[]): TorrentFile[] {
  let offset = 0;
  return lengths.map((length, index) => {
    const file = { path: [`${index}`], length, offset };
    offset += length;
    return file;
  });
}

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `fileSpans() ${name}`, permissions: "none", fn });
}

pure("covers each byte of any range once, files being one after the other (BEP 3)", () => {
  const random = seededRandom(5);
  const below = (limit: number): number => Math.floor(random() * limit);
  let shared = 0;
  for (let round = 0; round < 3000; round++) {
    const lengths = Array.from({ length: 1 + below(12) }, () => random() < 0.3 ? 0 : below(9));
    const owners = lengths.flatMap((length, fileIndex) =>
      Array.from({ length }, (_, fileOffset) => [fileIndex, fileOffset])
    );
    const offset = below(owners.length + 1);
    const length = below(owners.length - offset + 1);
    const covered: number[][] = [];
    const spans = fileSpans(filesOf(lengths), offset, length);
    for (const span of spans) {
      assert(span.length > 0);
      assertEquals(span.dataOffset, covered.length);
      for (let at = 0; at < span.length; at++) {
        covered.push([span.fileIndex, span.fileOffset + at]);
      }
    }
    assertEquals(covered, owners.slice(offset, offset + length));
    assertEquals(new Set(spans.map((span) => span.fileIndex)).size, spans.length);
    if (spans.length > 1) shared++;
  }
  assert(shared > 500, `${shared} ranges over several files`);
});

pure("finds the place among many files", () => {
  const files = filesOf(Array.from({ length: 100_000 }, (_, index) => index % 3));
  for (const fileIndex of [1, 4, 49_999, 99_998]) {
    const { offset, length } = files[fileIndex] ?? { offset: 0, length: 0 };
    assertEquals(fileSpans(files, offset, length), [
      { fileIndex, fileOffset: 0, length, dataOffset: 0 },
    ]);
  }
});

pure("gives nothing for an empty range", () => {
  assertEquals(fileSpans(filesOf([3, 0, 4]), 3, 0), []);
  assertEquals(fileSpans(filesOf([3]), 3, 0), []);
  assertEquals(fileSpans([], 0, 0), []);
});

pure("refuses ranges that are not inside the data", () => {
  const ranges = [[-1, 1], [0, 8], [7, 1], [8, 0], [3, -1], [NaN, 1], [0, NaN]];
  for (const [offset = 0, length = 0] of ranges) {
    assertThrows(() => fileSpans(filesOf([3, 4]), offset, length), RangeError, "Cannot find");
  }
  assertThrows(() => fileSpans([], 0, 1), RangeError);
});
