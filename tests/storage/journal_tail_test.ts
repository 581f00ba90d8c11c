import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { Bitfield, concatBytes } from "../../lib/bytes/mod.ts";
import { openPartialStore } from "../../lib/storage/mod.ts";
import {
  decodeJournal,
  encodeJournalHeader,
  RecordEncoder,
} from "../../lib/storage/journal_format.ts";
import { FaultyLayer } from "./faulty_layer.ts";
import { allPieces, fileSample, pieceOf, temporaryFolder } from "./samples.ts";

const sample = await fileSample();
const { info } = sample;

Deno.test({
  name: "decodeJournal() passes over blank records at the end, and none before a good one",
  permissions: "none",
  fn() {
    const header = encodeJournalHeader(info.infoHash, new Bitfield(info.layout.pieceCount));
    const record = new RecordEncoder(info.infoHash).encode([{ kind: "piece", index: 3 }]);
    const whole = concatBytes([header, record]);
    for (const blank of [1, 12, 24, 30]) {
      const bytes = concatBytes([whole, new Uint8Array(blank)]);
      const reading = decodeJournal(bytes, info.infoHash, info.layout.pieceCount);
      assertEquals(reading.kind, "state");
      if (reading.kind !== "state") return;
      const { recordCount, length, tail, doubtful } = reading.state;
      assertEquals([recordCount, length, tail], [1, whole.length, "torn"]);
      assertEquals([...doubtful.ones()], [3]);
    }
    const gap = concatBytes([whole, new Uint8Array(12), record]);
    assertEquals(decodeJournal(gap, info.infoHash, info.layout.pieceCount).kind, "damaged");
  },
});

Deno.test("a journal with a blank end costs no hash of what it trusts", async () => {
  await using folder = await temporaryFolder();
  const store = await openPartialStore({ folder: folder.path, info });
  for (const index of allPieces(info).slice(0, 4)) await store.put(index, pieceOf(sample, index));
  await store.close();
  const path = join(folder.path, `${info.name}.partial.journal`);
  await Deno.writeFile(path, new Uint8Array(24), { append: true });
  const layer = new FaultyLayer();
  await using again = await openPartialStore({ folder: folder.path, info, layer });
  assertEquals([...again.held.ones()], [0, 1, 2, 3]);
  assertEquals(layer.count("readAt"), 1, "only the journal");
});
