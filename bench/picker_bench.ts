/**
 * How fast the picker and the plan are with 100,000 pieces and 50 peers that have half of them each.
 *
 *     deno bench -A bench/picker_bench.ts
 */
import { Bitfield } from "../lib/bytes/mod.ts";
import { PieceLayout } from "../lib/metainfo/mod.ts";
import { DownloadPlan, RarestFirst, RequestWindow, UNIT_LENGTH } from "../lib/peer/mod.ts";

const PIECES = 100_000;
const PEERS = 50;

function bitsOf(share: number): Bitfield {
  const bits = new Bitfield(PIECES);
  for (let index = 0; index < PIECES; index++) if (Math.random() < share) bits.set(index);
  return bits;
}

const peers = Array.from({ length: PEERS }, () => bitsOf(0.5));
const few = bitsOf(0.001);
const full = Bitfield.full(PIECES);

function pickerOf(): RarestFirst {
  const picker = new RarestFirst(PIECES, Math.random);
  for (const bits of peers) picker.addHolder(bits);
  return picker;
}

const picker = pickerOf();
let turn = 0;

Deno.bench("picker: begin with 100,000 pieces", () => {
  new RarestFirst(PIECES, Math.random);
});

Deno.bench("picker: a peer with half of the pieces joins and leaves", { group: "join" }, () => {
  picker.addHolder(peers[0]!);
  picker.removeHolder(peers[0]!);
});

Deno.bench("picker: a seeder joins and leaves", { group: "join" }, () => {
  picker.addHolder(full);
  picker.removeHolder(full);
});

Deno.bench("picker: have, 100 peers one after the other", { group: "have" }, (bench) => {
  const fresh = pickerOf();
  bench.start();
  for (let count = 0; count < 100; count++) fresh.countHolder(turn++ % PIECES);
  bench.end();
});

Deno.bench("picker: pick of a seeder", { group: "pick", baseline: true }, () => {
  picker.pick(full);
});

Deno.bench("picker: pick of a peer with half of the pieces", { group: "pick" }, () => {
  picker.pick(peers[turn++ % PEERS]!);
});

Deno.bench("picker: pick of a peer with a thousandth of the pieces", { group: "pick" }, () => {
  picker.pick(few);
});

Deno.bench("picker: pick of a peer with nothing that is wanted", { group: "pick" }, () => {
  picker.pick(new Bitfield(PIECES));
});

Deno.bench("picker: a piece ceases to be a candidate and becomes one again", () => {
  const index = turn++ % PIECES;
  picker.exclude(index);
  picker.include(index);
});

const layout = new PieceLayout({ pieceLength: 32 * UNIT_LENGTH, totalLength: PIECES * 524_288 });

Deno.bench("plan: 50 peers send 1,000 pieces of 512 KiB in blocks of 16 KiB", (bench) => {
  const held = new Bitfield(PIECES);
  const plan = new DownloadPlan({ layout, held, maxActive: () => 64, random: Math.random });
  const sources = peers.map((bits, key) => ({ key, bits, window: new RequestWindow() }));
  for (const bits of peers) plan.holders.join(bits);
  const block = new Uint8Array(UNIT_LENGTH);
  let done = 0;
  bench.start();
  while (done < 1_000) {
    for (const source of sources) {
      const request = plan.next(source, UNIT_LENGTH, 0);
      if (request === undefined) continue;
      const { complete } = plan.receive(request, block, source.key, 0);
      if (complete === undefined) continue;
      plan.markHeld(complete);
      done++;
    }
  }
  bench.end();
});
