import { assert } from "@std/assert";
import type { PieceStore } from "../../../lib/storage/mod.ts";
import type { FaultyLayer } from "../../storage/faulty_layer.ts";
import { allPieces, assertSameBytes, pieceOf, type Sample } from "../../storage/samples.ts";
import { assertHeldIsRight } from "../../storage/selection.ts";

/** The pieces of which a store has said that they are held, in a run that may end at any call. */
export type Ledger = Set<number>;

/** Work on files that may fail, or end, at any of its file calls. */
export interface Operation {
  /** What it is, as the end of a sentence. */
  readonly name: string;
  /** Lays ready what the work finds in an empty folder, and gives the pieces that are held there. */
  readonly prepare: (root: string) => Promise<Iterable<number>>;
  /** Does the work as one process does it, and closes all that it opens. */
  readonly work: (layer: FaultyLayer, root: string, ledger: Ledger) => Promise<void>;
  /**
   * Checks what lies there, brings the work to its end without a fault, and checks the outcome; gives
   * how many pieces of the ledger were lost.
   */
  readonly complete: (root: string, ledger: Ledger) => Promise<number>;
  /** Paths of all files that lie in the folder at the end. */
  readonly leaves: readonly string[];
}

/** Puts all that is missing into a store, reads each piece back, and writes down what it says. */
export async function fill(store: PieceStore, sample: Sample, ledger: Ledger): Promise<void> {
  for (const index of allPieces(sample.info)) {
    if (!store.wanted.has(index)) continue;
    await store.put(index, pieceOf(sample, index));
    ledger.add(index);
    const bytes = new Uint8Array(sample.info.layout.pieceSize(index));
    await store.read(index, 0, bytes);
    assertSameBytes(bytes, pieceOf(sample, index), `piece ${index}`);
  }
}

/** Checks that what a store holds is right; gives how many pieces of the ledger it has lost. */
export async function audit(store: PieceStore, sample: Sample, ledger: Ledger): Promise<number> {
  const lost = [...ledger].filter((index) => store.wanted.has(index) && !store.held.has(index));
  await assertHeldIsRight(store, sample);
  const held = store.held.count;
  await fill(store, sample, new Set());
  assert(store.held.count >= held);
  return lost.length;
}
