import { assertEquals } from "@std/assert";
import {
  describeDisk,
  describeLoss,
  describeWait,
  type DiskEvent,
} from "../../lib/cli/disk_news.ts";
import { NoSpaceError, openMemoryStore } from "../../lib/storage/mod.ts";
import { fileSample } from "../storage/samples.ts";

const WAITING: DiskEvent = {
  ...{ type: "disk-waiting", problem: "disk full", path: "/d/film.bin.partial", waitedMs: 0 },
  missingBytes: 3 * 1024 * 1024,
};

Deno.test({
  name: "disk news: a full disk is named in one line with what is missing, and what helps",
  permissions: "none",
  fn() {
    const [report, text] = describeDisk("film.bin", WAITING);
    assertEquals(report, {
      ...{ type: "disk-waiting", name: "film.bin", reason: "disk-full" },
      ...{ path: "/d/film.bin.partial", missing: 3 * 1024 * 1024, seconds: 0 },
    });
    assertEquals(
      text,
      "film.bin waits: the disk of /d/film.bin.partial is full, and 3.00 MiB are missing; " +
        "free some space and it goes on by itself",
    );
    const [, whole] = describeDisk("a\x1b[2J\nb", { ...WAITING, missingBytes: 0 });
    assertEquals(
      whole,
      "a?[2J?b waits: the disk of /d/film.bin.partial is full; free some space and it goes on by itself",
    );
  },
});

Deno.test({
  name: "disk news: chunks that are lost are named, many of them by their number",
  permissions: "none",
  async fn() {
    const { info, data } = await fileSample();
    const store = openMemoryStore(info, data);
    store.held.clear(3);
    assertEquals(describeLoss({ store }, [4]), [
      { type: "chunks-lost", name: "film.mp4", chunks: [4], held: 12, chunkCount: 13 },
      "film.mp4: chunk 4 has changed or cannot be read on the disk; 12 of 13 chunks are left",
    ]);
    assertEquals(
      describeLoss({ store }, [1, 2, 3, 4, 5, 6, 7])[1],
      "film.mp4: chunks 1, 2, 3, 4, 5 and 2 more have changed or cannot be read on the disk; " +
        "12 of 13 chunks are left",
    );
  },
});

Deno.test({
  name: "disk news: too many open files are told apart, and the end of a wait has its length",
  permissions: "none",
  fn() {
    const [report, text] = describeDisk("film.bin", { ...WAITING, problem: "too many open files" });
    assertEquals(report.reason, "too-many-open-files");
    assertEquals(
      text,
      "film.bin waits: too many files are open; " +
        "it goes on by itself when others are closed, or a higher limit helps (ulimit -n)",
    );
    const ready = describeDisk("film.bin", { ...WAITING, type: "disk-ready", waitedMs: 12_345 });
    assertEquals([ready[0].type, ready[0].seconds], ["disk-ready", 12.345]);
    assertEquals(ready[1], "film.bin goes on, after a wait of 12 s");
    const error = new NoSpaceError("a");
    assertEquals(describeWait({ problem: "disk full", path: "a", error }), "waits: disk full");
  },
});
