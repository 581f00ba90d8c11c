import type { CatalogueEntry } from "../../tracker/mod.ts";
import type { Seen } from "./seen.ts";
import { type FileSort, sortFiles, type SortOrder } from "./sort_order.ts";

/** The files of a tracker in an order, of which each key and each drawing asks. */
export class SortedFiles {
  #files: readonly CatalogueEntry[] = [];
  #order: SortOrder<FileSort> | undefined;
  #rates = "";
  #sorted: readonly CatalogueEntry[] = [];

  /** The files that are seen, sorted; the same list again until one of them or the order is another. */
  of({ files, swarms }: Seen, order: SortOrder<FileSort>): readonly CatalogueEntry[] {
    // Rates are those of the few swarms that were looked at, and change without the files.
    const rates = order.by === "rate"
      ? JSON.stringify([...swarms].map(([infoHash, { downRate }]) => [infoHash, downRate]))
      : "";
    if (files !== this.#files || order !== this.#order || rates !== this.#rates) {
      this.#sorted = sortFiles(
        files,
        order,
        ({ infoHash }) => swarms.get(infoHash)?.downRate ?? 0,
      );
      [this.#files, this.#order, this.#rates] = [files, order, rates];
    }
    return this.#sorted;
  }
}
