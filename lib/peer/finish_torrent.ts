import { type PieceStore, StorageChangedError } from "../storage/mod.ts";
import type { Completion } from "./completion.ts";
import type { Download } from "./download.ts";
import type { EventFeed, TorrentEvent } from "./events.ts";
import type { LinkTable } from "./link_table.ts";

/** What is finished, and who is told. */
export interface FinishOptions {
  readonly store: PieceStore;
  readonly download: Download;
  readonly completion: Completion;
  readonly table: LinkTable;
  readonly feed: EventFeed<TorrentEvent>;
}

/** Puts what is whole in its place, and parts from those of whom nothing more can come. */
export async function finishTorrent(options: FinishOptions): Promise<void> {
  const { store, download, completion, table, feed } = options;
  try {
    const { signal } = completion;
    const path = await download.write(() => store.finish({ signal }));
    completion.succeed(path);
    feed.emit({ type: "complete", path });
  } catch (error) {
    // Pieces that were found changed are fetched again, and then it is tried again.
    if (error instanceof StorageChangedError && !download.isComplete) return;
    return completion.fail(error);
  }
  if (download.whenDone === "stay") return;
  // Whoever has all sees from our pieces that we want nothing.
  if (!store.held.isFull) table.tellAppetite();
  for (const link of table.all) if (!link.isHungry) link.session.close();
}
