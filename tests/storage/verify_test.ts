import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { createInfo } from "../../lib/metainfo/mod.ts";
import { StorageError, verifyData } from "../../lib/storage/mod.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import {
  allPieces,
  fileSample,
  folderSample,
  PIECE_LENGTH,
  sampleBytes,
  temporaryFolder,
  writeSample,
} from "./samples.ts";

for (const make of [fileSample, folderSample]) {
  const sample = await make();
  const { info } = sample;

  Deno.test(`verifyData() finds the right pieces of a ${info.shape}, whichever is wrong`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "data");
    for (const bad of allPieces(info)) {
      const damaged = { info, data: sample.data.slice() };
      damaged.data[info.layout.pieceOffset(bad)]! ^= 1;
      await writeSample(damaged, path);
      const held = await verifyData(info, path);
      assertEquals([...held.ones()], allPieces(info).filter((index) => index !== bad));
    }
    await writeSample(sample, path);
    assert((await verifyData(info, path)).isFull);
  });
}

Deno.test("verifyData() loses only the pieces that missing and short files touch", async () => {
  const sample = await folderSample();
  const { info } = sample;
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await writeSample(sample, path);
  const removed = info.files.find((file) => file.path.at(-1) === "two.bin");
  const last = info.files.findLast((file) => file.length > 0);
  assert(removed !== undefined && last !== undefined);
  await Deno.remove(join(path, ...removed.path));
  await Deno.truncate(join(path, ...last.path), last.length - 1);
  const held = await verifyData(info, path);
  const expected = allPieces(info).filter((index) => {
    const begin = info.layout.pieceOffset(index);
    const end = begin + info.layout.pieceSize(index);
    return !(begin <= removed.offset && removed.offset < end) && end !== sample.data.length;
  });
  assertEquals([...held.ones()], expected);
});

Deno.test("verifyData() takes padding for zeros that need not be there", async () => {
  const content = sampleBytes(PIECE_LENGTH + 5);
  const padded = new Uint8Array(2 * PIECE_LENGTH + 3);
  padded.set(content.subarray(0, 5));
  padded.set(content.subarray(5, PIECE_LENGTH), PIECE_LENGTH);
  const digests = [];
  for (let at = 0; at < padded.length; at += PIECE_LENGTH) {
    const piece = padded.slice(at, at + PIECE_LENGTH);
    digests.push(...new Uint8Array(await crypto.subtle.digest("SHA-1", piece)));
  }
  const info = await createInfo({
    name: "padded",
    shape: "folder",
    pieceLength: PIECE_LENGTH,
    pieceHashes: Uint8Array.from(digests),
    files: [
      { path: ["one"], length: 5 },
      { path: [".pad", "1"], length: PIECE_LENGTH - 5, role: "padding" },
      { path: ["two"], length: PIECE_LENGTH + 3 },
    ],
  });
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, "one"), padded.subarray(0, 5));
  await Deno.writeFile(join(folder.path, "two"), padded.subarray(PIECE_LENGTH));
  assert((await verifyData(info, folder.path)).isFull);
});

Deno.test("verifyData() fails where it cannot tell: nothing there, no permission, no handles", async () => {
  const sample = await fileSample();
  const { info } = sample;
  await using folder = await temporaryFolder();
  const path = join(folder.path, "data");
  await assertRejects(() => verifyData(info, path), StorageError, "does not exist");
  await writeSample(sample, path);
  for (const code of ["EACCES", "EMFILE"]) {
    const layer = FaultyLayer.nth(1, ["open"], { kind: "error", code });
    const error = await assertRejects(() => verifyData(info, path, { layer }), StorageError);
    assertEquals(error.code, code);
  }
});
