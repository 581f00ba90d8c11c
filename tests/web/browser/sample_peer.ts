import { concatBytes } from "../../../lib/bytes/mod.ts";
import { openPeerPage, type PeerPage } from "../../../lib/cli/peer_page/peer_page.ts";
import { createInfo, type TorrentInfo } from "../../../lib/metainfo/mod.ts";
import { PeerNode, type Torrent } from "../../../lib/peer/mod.ts";
import { openMemoryStore } from "../../../lib/storage/mod.ts";

const PIECE_LENGTH = 16 * 1024;

/** Samples of sound a second. */
const SAMPLE_RATE = 22_050;

/** A file of a torrent, with what is in it. */
export interface SampleFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A tone that rises, as a WAV file: one channel, 16 bits (RFC 2361, format 1). */
export function wavFile(seconds: number): Uint8Array {
  const samples = seconds * SAMPLE_RATE;
  const bytes = new Uint8Array(44 + 2 * samples);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string): void => bytes.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, 2 * SAMPLE_RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples, true);
  for (let at = 0; at < samples; at++) {
    const phase = 2 * Math.PI * at * (200 + at / SAMPLE_RATE) / SAMPLE_RATE;
    view.setInt16(44 + 2 * at, Math.round(8_000 * Math.sin(phase)), true);
  }
  return bytes;
}

/** A peer that fetches files from another one over real sockets, and the page of it. */
export class SamplePeer implements AsyncDisposable {
  readonly page: PeerPage;
  readonly node: PeerNode;
  /** From which it fetches. */
  readonly seeder: PeerNode;
  readonly torrent: Torrent;

  private constructor(parts: Pick<SamplePeer, "page" | "node" | "seeder" | "torrent">) {
    this.page = parts.page;
    this.node = parts.node;
    this.seeder = parts.seeder;
    this.torrent = parts.torrent;
  }

  /** Opens one whose seeder sends so many bytes a second. */
  static async open(name: string, files: readonly SampleFile[], rate: number): Promise<SamplePeer> {
    const data = concatBytes(files.map(({ bytes }) => bytes));
    const info = await infoOf(name, files, data);
    const seeder = new PeerNode({ host: "127.0.0.1", client: "Sluice <b>9</b>", maxUpRate: rate });
    seeder.add(openMemoryStore(info, data));
    const node = new PeerNode({ host: "127.0.0.1" });
    const torrent = node.add(openMemoryStore(info), { peers: [seeder.address] });
    const page = openPeerPage({
      ...{ node, port: 0 },
      onFailure(error) {
        throw error;
      },
    });
    return new SamplePeer({ page, node, seeder, torrent });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page[Symbol.asyncDispose]();
    await this.node.close();
    await this.seeder.close();
  }
}

async function infoOf(
  name: string,
  files: readonly SampleFile[],
  data: Uint8Array,
): Promise<TorrentInfo> {
  const hashes: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += PIECE_LENGTH) {
    const piece = new Uint8Array(data.subarray(at, at + PIECE_LENGTH));
    hashes.push(new Uint8Array(await crypto.subtle.digest("SHA-1", piece)));
  }
  return await createInfo({
    ...{ name, shape: "folder", pieceLength: PIECE_LENGTH, pieceHashes: concatBytes(hashes) },
    files: files.map(({ path, bytes: { length } }) => ({ path: path.split("/"), length })),
  });
}
