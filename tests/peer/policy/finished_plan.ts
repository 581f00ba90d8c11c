import { Bitfield } from "../../../lib/bytes/mod.ts";
import { PieceLayout } from "../../../lib/metainfo/mod.ts";
import { DownloadPlan, RequestWindow, UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";

/**
 * Downloads a few pieces and prints how many of their buffers are still in memory before the last
 * piece is held, and after it. To be run with `--v8-flags=--expose-gc`.
 */
const PIECES = 4;

const layout = new PieceLayout({ pieceLength: UNIT_LENGTH, totalLength: PIECES * UNIT_LENGTH });
const plan = new DownloadPlan({
  layout,
  held: new Bitfield(PIECES),
  maxActive: () => PIECES,
  random: () => 0,
});
const buffers: WeakRef<ArrayBuffer>[] = [];

/** Fetches as many pieces side by side as there are, and marks all but the last as held. */
function fetchAll(): void {
  const source = { key: 1, bits: Bitfield.full(PIECES), window: new RequestWindow() };
  plan.holders.join(source.bits);
  const requests = Array.from({ length: PIECES }, () => plan.next(source, UNIT_LENGTH, 0));
  for (const request of requests) {
    const { complete } = request === undefined
      ? { complete: undefined }
      : plan.receive(request, new Uint8Array(request.length), source.key, 0);
    if (complete === undefined) throw new Error("A piece of one unit is not complete");
    buffers.push(new WeakRef(complete.data.buffer));
    if (buffers.length === PIECES) last.push(complete);
    else plan.markHeld(complete);
  }
}

const last: Parameters<DownloadPlan["markHeld"]>[0][] = [];

function markLast(): void {
  for (const piece of last.splice(0)) plan.markHeld(piece);
}

async function countKept(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  (globalThis as { gc?: () => void }).gc?.();
  return buffers.filter((buffer) => buffer.deref() !== undefined).length;
}

fetchAll();
const before = await countKept();
markLast();
const after = await countKept();
await Deno.stdout.write(
  new TextEncoder().encode(`${before} ${after} ${plan.isComplete ? "complete" : "not complete"}\n`),
);
