import { askTracker, collectPages } from "../ask_tracker.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { printable } from "../printable.ts";
import { formatTable } from "../table.ts";
import { formatBytes } from "../units.ts";

/** Lists the torrents that the tracker knows. */
export async function run(context: Context): Promise<ExitCode> {
  const { output } = context;
  const entries = await askTracker(context, (client) =>
    collectPages(async (range) => {
      const { total, files } = await client.listFiles(range);
      return { total, entries: files };
    }));
  if (output.format === "json") {
    for (const entry of entries) output.result({ type: "file", ...entry }, "");
  } else if (entries.length === 0) {
    output.note({ type: "empty" }, "The tracker knows no files");
  } else {
    const rows = entries.map((entry) => [
      printable(entry.name),
      formatBytes(entry.length),
      String(entry.pieces),
      String(entry.seeders),
      String(entry.leechers),
      (entry.availability / 1000).toFixed(2),
      String(entry.completions),
      entry.infoHash,
    ]);
    const head = [
      "NAME",
      "SIZE",
      "CHUNKS",
      "SEEDERS",
      "LEECHERS",
      "COPIES",
      "COMPLETED",
      "INFO-HASH",
    ];
    const right = ["SIZE", "CHUNKS", "SEEDERS", "LEECHERS", "COPIES", "COMPLETED"];
    output.result({ type: "table" }, formatTable(head, rows, right));
  }
  return EXIT.done;
}
