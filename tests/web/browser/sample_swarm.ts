import { encodeBase64 } from "./base64.ts";
import { fakeFile, type FakePeer, fakePeer, type FakeSwarm } from "./fake_tracker.ts";

/** How many cells the map of a large file has. */
const CELLS = 512;

/** Cells of which the first are held, in part at their edge, and then some that are strewn about. */
function cellsUpTo(share: number, seed: number): Uint8Array {
  const cells = new Uint8Array(CELLS);
  const edge = Math.floor(share * 0.7 * CELLS);
  cells.fill(255, 0, edge);
  let state = seed;
  for (let at = edge; at < CELLS; at++) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const chance = state / 2_147_483_648;
    if (chance < share * 0.5) cells[at] = 255;
    else if (chance < share * 0.8) cells[at] = Math.floor(255 * chance);
  }
  return cells;
}

function leecher(id: number, share: number, fields: Record<string, unknown> = {}): FakePeer {
  const cells = cellsUpTo(share, 7 * id);
  return fakePeer(id, {
    address: `192.0.2.${10 + id}:${6881 + id}`,
    ...{ map: encodeBase64(cells), heldCount: Math.floor(1400 * share) },
    ...{ downRate: 9e6 * (1.3 - share), upRate: 7e6 * share, leftSeconds: 200 * (1 - share) },
    ...fields,
  });
}

/** A swarm of nine in the midst of its work. */
export function sampleSwarm(): FakeSwarm {
  const source = (peer: number, rate: number, bytes: number) => ({ peer, rate, bytes });
  const whole = { holding: "complete", heldCount: 1400, map: undefined, leftSeconds: null };
  const peers = [
    fakePeer(1, { ...whole, address: "192.0.2.7:6881", upRate: 31e6, downRate: 0 }),
    leecher(2, 0.92, { sources: [source(1, 6e6, 310e6), source(3, 2e6, 90e6)] }),
    leecher(3, 0.81, { sources: [source(1, 7e6, 280e6), source(2, 2.5e6, 110e6)] }),
    leecher(4, 0.64, { sources: [source(1, 5e6, 190e6), source(2, 3e6, 150e6)] }),
    leecher(5, 0.47, { sources: [source(2, 4e6, 99e6), source(3, 3e6, 70e6)] }),
    leecher(6, 0.33, { sources: [source(1, 4e6, 80e6), source(4, 2e6, 60e6)] }),
    leecher(7, 0.18, { sources: [source(3, 4e6, 60e6), source(4, 1e6, 9e6)] }),
    leecher(8, 0.05, { kind: "other", client: "qBittorrent 5.0.4", upRate: 0 }),
    fakePeer(9, {
      ...{ holding: "unknown", heldCount: 0, map: undefined, kind: "other", leftSeconds: null },
      ...{ client: "Transmission 4.0.6", address: "[2001:db8::9]:51413", downRate: 0 },
    }),
  ];
  const availability = new Uint8Array(CELLS).map((_, at) =>
    1 + peers.filter(({ id }) => id > 1 && id < 9 && cellsUpTo(1 - id / 10, 7 * id)[at] === 255)
      .length
  );
  const file = fakeFile({ seeders: 1, leechers: 8, copies: 4.4, downRate: 43e6, upRate: 43e6 });
  return { file, peers, availability };
}

/** A catalogue in which that swarm is one of some. */
export function sampleSwarms(): FakeSwarm[] {
  const other = (at: number, name: string, fields: Record<string, unknown>): FakeSwarm => ({
    file: fakeFile({ infoHash: at.toString(16).padStart(40, "0"), name, downRate: 0, ...fields }),
    ...{ peers: [], availability: new Uint8Array() },
  });
  return [
    sampleSwarm(),
    other(1, "debian-13.1.0-amd64-netinst.iso", { length: 702e6, seeders: 12, leechers: 0 }),
    other(2, "genome-assembly-2026-03.tar.zst", { length: 48e9, seeders: 2, leechers: 5 }),
    other(3, "Sinfonie Nr. 9.flac", { length: 412e6, seeders: 1, leechers: 1 }),
    other(4, "lab-image.qcow2", { length: 21e9, seeders: 0, leechers: 2, state: "claimed" }),
  ];
}
