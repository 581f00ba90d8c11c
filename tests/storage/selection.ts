import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { PieceStore } from "../../lib/storage/mod.ts";
import { allPieces, assertSameBytes, pieceOf, type Sample } from "./samples.ts";

/** Puts every piece that the store wants. */
export async function putWanted(store: PieceStore, sample: Sample): Promise<void> {
  for (const index of allPieces(sample.info)) {
    if (!store.wanted.has(index)) continue;
    assertEquals(await store.put(index, pieceOf(sample, index)), "held");
  }
}

/** Reads every piece that is held; it must be wanted, and right. */
export async function assertHeldIsRight(store: PieceStore, sample: Sample): Promise<void> {
  for (const index of store.held.ones()) {
    const piece = sample.info.layout.pieceIndex(index);
    assertEquals(store.wanted.has(index), true, `piece ${index} is held and not wanted`);
    const bytes = new Uint8Array(sample.info.layout.pieceSize(piece));
    await store.read(piece, 0, bytes);
    assertSameBytes(bytes, pieceOf(sample, piece), `piece ${index}`);
  }
}

/** The paths of all files in a folder, below it, sorted. */
export async function filesIn(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isDirectory) paths.push(entry.name);
    else {for (const path of await filesIn(join(folder, entry.name))) {
        paths.push(`${entry.name}/${path}`);
      }}
  }
  return paths.sort();
}

/** Fails unless the selected files lie at `path`, right, and nothing else does. */
export async function assertSelected(
  path: string,
  { info, data }: Sample,
  select: ReadonlySet<number> = new Set(info.files.keys()),
): Promise<void> {
  const chosen = info.files.filter((_, fileIndex) => select.has(fileIndex));
  if (info.shape === "folder") {
    assertEquals(await filesIn(path), chosen.map((file) => file.path.join("/")).sort());
  }
  for (const file of chosen) {
    const content = await Deno.readFile(join(path, ...file.path));
    assertSameBytes(content, data.subarray(file.offset, file.offset + file.length));
  }
}
