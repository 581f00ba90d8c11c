import { assertEquals } from "@std/assert";
import { Bitfield } from "../../lib/bytes/mod.ts";
import { heldBytesOfFiles } from "../../lib/peer/mod.ts";
import { folderInfo } from "./folder_info.ts";

Deno.test("The held bytes of a file are those of its own that lie in held pieces", async () => {
  const info = await folderInfo("folder", [["a"], ["b"], ["c"]]); // 20,000 bytes each
  const held = new Bitfield(info.layout.pieceCount); // of 16,384 bytes
  assertEquals(heldBytesOfFiles(info, held), [0, 0, 0]);
  held.set(1);
  assertEquals(heldBytesOfFiles(info, held), [20_000 - 16_384, 2 * 16_384 - 20_000, 0]);
  held.set(3);
  assertEquals(heldBytesOfFiles(info, held)[2], 60_000 - 3 * 16_384);
  assertEquals(heldBytesOfFiles(info, Bitfield.full(4)), [20_000, 20_000, 20_000]);
});
