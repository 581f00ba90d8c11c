import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { selectionOf } from "../../lib/storage/data_layout.ts";
import { inspectFinal } from "../../lib/storage/final_place.ts";
import {
  denoFileLayer,
  FileExistsError,
  type FileLayer,
  StorageError,
} from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  allPieces,
  fileSample,
  folderSample,
  type Sample,
  temporaryFolder,
  writeSample,
} from "./samples.ts";

function inspect(
  { info }: Sample,
  final: string,
  select?: ReadonlySet<number>,
  layer: FileLayer = denoFileLayer,
) {
  const selection = selectionOf(info, select);
  const paths = { final, aside: `${final}.partial.aside` };
  return inspectFinal({ layer, info, selection, paths });
}

Deno.test("inspectFinal() tells the data from a longer, shorter or other thing", async () => {
  const sample = await fileSample();
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  assertEquals(await inspect(sample, path), undefined);
  await Deno.mkdir(path);
  await assertRejects(() => inspect(sample, path), FileExistsError);
  await Deno.remove(path);
  await writeSample(sample, path);
  await Deno.writeFile(path, new Uint8Array(1), { append: true });
  await assertRejects(() => inspect(sample, path), FileExistsError);
  await Deno.truncate(path, sample.data.length - 1);
  await assertRejects(() => inspect(sample, path), FileExistsError);
  await writeSample(sample, path);
  assertEquals((await inspect(sample, path))?.extent, "whole");
  await Deno.rename(path, `${path}.moved`);
  await Deno.symlink(`${path}.moved`, path);
  await assertRejects(() => inspect(sample, path), FileExistsError);
});

Deno.test("inspectFinal() finds any wrong byte of a wanted piece, and no other", async () => {
  const sample = await folderSample();
  const { info } = sample;
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  for (const bad of allPieces(info)) {
    const damaged = { info, data: sample.data.slice() };
    damaged.data[info.layout.pieceOffset(bad) + 10]! ^= 1;
    await writeSample(damaged, path);
    await assertRejects(() => inspect(damaged, path), FileExistsError);
    for (const [fileIndex] of info.files.entries()) {
      const select = new Set([fileIndex]);
      const found = inspect(damaged, path, select);
      if (selectionOf(info, select).wanted.has(bad)) await assertRejects(() => found);
      else assert(await found !== undefined);
    }
  }
});

Deno.test("inspectFinal() does not take what the disk does not give for other data", async () => {
  const sample = await fileSample();
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  for (const call of ["open", "readAt"] as const) {
    const layer = FaultyLayer.nth(1, [call], { kind: "error", code: "EIO" });
    const error = await assertRejects(
      () => inspect(sample, path, undefined, layer),
      StorageError,
      `${path}: the disk reports an error`,
    );
    assertEquals(error.code, "EIO");
    assertEquals(layer.openFiles, 0);
  }
});

Deno.test("inspectFinal() names the files that are not there", async () => {
  const sample = await folderSample();
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  await Deno.remove(join(path, "a"), { recursive: true });
  await assertRejects(
    () => inspect(sample, path),
    FileExistsError,
    "it is there without a/deep/one.bin, a/empty, a/two.bin, and nothing is ever added to it",
  );
});
