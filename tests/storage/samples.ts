import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { createInfo, type PieceIndex, type TorrentInfo } from "../../lib/metainfo/mod.ts";

/** Short pieces keep the samples small. */
export const PIECE_LENGTH = 16 * 1024;

/** A torrent and its data. */
export interface Sample {
  readonly info: TorrentInfo;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Bytes that look random and are the same every time. */
export function sampleBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed * 2654435761 >>> 0 || 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** A torrent of one file. */
export function fileSample(
  options: { name?: string; length?: number; seed?: number } = {},
): Promise<Sample> {
  const { name = "film.mp4", length = 12.5 * PIECE_LENGTH, seed = 1 } = options;
  return sample({ name, shape: "file", files: [{ path: [], length }] }, seed);
}

/** A torrent of a folder: nested, with empty files, hidden ones, many in one piece, unicode names. */
export function folderSample(name = "course", seed = 2): Promise<Sample> {
  const files = [
    { path: [".hidden"], length: 10 },
    { path: ["a", "deep", "one.bin"], length: 3 * PIECE_LENGTH + 5 },
    { path: ["a", "empty"], length: 0 },
    { path: ["a", "two.bin"], length: 1 },
    { path: ["empty at the end of nothing"], length: 0 },
    { path: ["lecture \u00e9\u6f22\u5b57 \u{1f3ac}.txt"], length: 7000 },
    { path: ["z.bin"], length: 2 * PIECE_LENGTH },
    { path: ["zz empty"], length: 0 },
  ];
  return sample({ name, shape: "folder", files }, seed);
}

async function sample(
  shape: Pick<Parameters<typeof createInfo>[0], "name" | "shape" | "files">,
  seed: number,
): Promise<Sample> {
  const data = sampleBytes(shape.files.reduce((sum, file) => sum + file.length, 0), seed);
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += PIECE_LENGTH) {
    const piece = data.subarray(at, at + PIECE_LENGTH);
    hashes.push(new Uint8Array(await crypto.subtle.digest("SHA-1", piece)));
  }
  const pieceHashes = new Uint8Array(hashes.flatMap((hash) => [...hash]));
  return { info: await createInfo({ ...shape, pieceLength: PIECE_LENGTH, pieceHashes }), data };
}

/** The numbers of all pieces. */
export function allPieces(info: TorrentInfo): PieceIndex[] {
  return [...info.layout.pieceIndices()];
}

/** The bytes of a piece. */
export function pieceOf({ info, data }: Sample, index: PieceIndex): Uint8Array<ArrayBuffer> {
  const start = info.layout.pieceOffset(index);
  return data.subarray(start, start + info.layout.pieceSize(index));
}

/** Writes the data of a sample as its file or folder at `path`. */
export async function writeSample({ info, data }: Sample, path: string): Promise<void> {
  for (const file of info.files) {
    const target = join(path, ...file.path);
    await Deno.mkdir(join(target, ".."), { recursive: true });
    await Deno.writeFile(target, data.subarray(file.offset, file.offset + file.length));
  }
}

/** The data that lies at `path`, in the order of the torrent's files. */
export async function readSample({ info }: Sample, path: string): Promise<Uint8Array> {
  const data = new Uint8Array(info.layout.totalLength);
  for (const file of info.files) {
    const content = await Deno.readFile(join(path, ...file.path));
    if (content.length !== file.length) throw new Error(`${file.path} has ${content.length} bytes`);
    data.set(content, file.offset);
  }
  return data;
}

/** Fails where two runs of bytes differ, and says where; `assertEquals` would list them all. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what = "data"): void {
  const at = expected.findIndex((byte, index) => byte !== actual[index]);
  assertEquals(at, -1, `${what} differs from byte ${at} on`);
  assertEquals(actual.length, expected.length, `${what} is longer than it should be`);
}

/** A temporary folder that removes itself, in a folder of the system's or in another. */
export async function temporaryFolder(
  dir?: string,
): Promise<{ path: string } & AsyncDisposable> {
  const options = { prefix: "sluice-", ...(dir !== undefined && { dir }) };
  const path = await Deno.realPath(await Deno.makeTempDir(options));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The names in a folder, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = [];
  for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  return names.sort();
}
