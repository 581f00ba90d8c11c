import { assertEquals } from "@std/assert";
import type { PieceIndex } from "../../lib/bytes/mod.ts";
import {
  denoFileLayer,
  type FileHandle,
  type FileLayer,
  openPartialStore,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import { allPieces, fileSample, pieceOf, temporaryFolder } from "./samples.ts";

const sample = await fileSample();
const { info } = sample;

/** The files of this machine: counts looks at open data, and lets writes to it wait for each other. */
class MeetingLayer {
  /** Writes of data that must have begun before one of them goes on. */
  atOnce = 1;
  looks = 0;
  #waiting: (() => void)[] = [];

  readonly layer: FileLayer = {
    ...denoFileLayer,
    open: async (path, mode) => {
      const handle = await denoFileLayer.open(path, mode);
      return path.endsWith(".partial") ? this.#watch(handle) : handle;
    },
  };

  #watch(handle: FileHandle): FileHandle {
    return {
      readAt: (target, offset) => handle.readAt(target, offset),
      writeAt: async (data, offset) => {
        await this.#meet();
        await handle.writeAt(data, offset);
      },
      sync: () => handle.sync(),
      truncate: (length) => handle.truncate(length),
      stat: () => {
        this.looks++;
        return handle.stat();
      },
      tryLock: () => handle.tryLock(),
      close: () => handle.close(),
    };
  }

  async #meet(): Promise<void> {
    const met = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#waiting.length === this.atOnce) { for (const go of this.#waiting.splice(0)) go(); }
    await met;
  }
}

Deno.test("A file is looked at once before and once after writes that run side by side", async () => {
  await using folder = await temporaryFolder();
  const meeting = new MeetingLayer();
  await using store = await openPartialStore({ folder: folder.path, info, layer: meeting.layer });
  const pieces = allPieces(info);
  const looksAt = async (indices: readonly PieceIndex[]): Promise<number> => {
    const before = meeting.looks;
    meeting.atOnce = indices.length;
    await Promise.all(indices.map((index) => store.put(index, pieceOf(sample, index))));
    return meeting.looks - before;
  };
  assertEquals(await looksAt(pieces.slice(0, 1)), 2);
  assertEquals(await looksAt(pieces.slice(1, 4)), 2);
});

Deno.test("Puts of one piece wait for each other, and one whose write fails fails alone", async () => {
  await using folder = await temporaryFolder();
  let writes = 0;
  const layer = new FaultyLayer((call, _count, path) => {
    if (call !== "writeAt" || !path.endsWith(".partial")) return undefined;
    return ++writes <= 2 ? { kind: "error", code: "EIO" } : undefined;
  });
  await using store = await openPartialStore({ folder: folder.path, info, layer });
  const [index] = allPieces(info);
  const puts = Array.from({ length: 4 }, () => store.put(index!, pieceOf(sample, index!)));
  const outcomes = await Promise.allSettled(puts);
  const failed = outcomes.filter(({ status }) => status === "rejected");
  assertEquals(failed.length, 2);
  assertEquals([writes, store.held.has(index!)], [3, true]);
});
