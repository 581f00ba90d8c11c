import type { TorrentStatus } from "../peer/mod.ts";
import type { Output } from "./output.ts";
import { progressLine, progressReport } from "./progress_text.ts";

/** The time between two lines where there is no terminal, in milliseconds. */
const LINE_MS = 2_000;

/** The time between two JSON objects, in milliseconds. */
const JSON_MS = 500;

/** Shows how a download goes until it is disposed of. */
export async function showProgress(
  output: Output,
  status: () => TorrentStatus,
): Promise<Disposable> {
  if (output.isLive) {
    // It knows the widths of all characters, which nobody needs who has no terminal.
    const { progressBar } = await import("./progress_bar.ts");
    return output.show((columns) => progressBar(status(), columns));
  }
  if (output.loudness === "quiet") return { [Symbol.dispose]() {} };
  const report = (): void => {
    const now = status();
    output.note(progressReport(now), progressLine(now));
  };
  const timer = setInterval(report, output.format === "json" ? JSON_MS : LINE_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
