import { Bitfield } from "../lib/bytes/mod.ts";

/** Pieces of a torrent of 50 GB in pieces of 512 KiB. */
const PIECES = 100_000;

const half = new Bitfield(PIECES);
for (let piece = 0; piece < PIECES; piece += 2) half.set(piece);
const halfBytes = half.toBytes();
const copy = half.clone();

Deno.bench("Bitfield.fromBytes(): 100,000 pieces", () => {
  Bitfield.fromBytes(halfBytes, PIECES);
});

Deno.bench("Bitfield.set(): all of 100,000 pieces", () => {
  const field = new Bitfield(PIECES);
  for (let piece = 0; piece < PIECES; piece++) field.set(piece);
});

Deno.bench("Bitfield.has(): all of 100,000 pieces", () => {
  let held = 0;
  for (let piece = 0; piece < PIECES; piece++) if (half.has(piece)) held++;
  if (held !== PIECES / 2) throw new Error(`${held} pieces are held`);
});

Deno.bench("Bitfield.ones(): 50,000 of 100,000 pieces", () => {
  let sum = 0;
  for (const piece of half.ones()) sum += piece;
  if (sum === 0) throw new Error("no piece is held");
});

Deno.bench("Bitfield.hasAnyMissingFrom(): alike to the end", () => {
  if (half.hasAnyMissingFrom(copy)) throw new Error("they differ");
});

Deno.bench("Bitfield.clone(): 100,000 pieces", () => {
  half.clone();
});
