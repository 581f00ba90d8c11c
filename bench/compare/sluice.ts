import { dirname, fromFileUrl, join } from "@std/path";
import type { Engine, LeecherPlace, PeerPlace } from "./engine.ts";

const MAIN = join(dirname(dirname(dirname(fromFileUrl(import.meta.url)))), "main.ts");

/** A command of this checkout. */
export function sluice(...words: readonly string[]): string[] {
  return [Deno.execPath(), "run", "-A", MAIN, ...words, "--json"];
}

/** Where no tracker is, so that one of this machine takes no part. */
const NO_TRACKER = ["--tracker", "127.0.0.1:9"];

/** This project. */
export const SLUICE: Engine = {
  name: "Sluice",
  seed: (place: PeerPlace) => ({
    words: sluice("seed", place.torrent, place.folder, ...at(place)),
    whole: /"type":"seeding"/,
  }),
  leech: ({ source, whenWhole, ...place }: LeecherPlace) => ({
    words: sluice(
      ...["get", place.torrent, "--out", place.folder, ...at(place)],
      ...source === undefined ? [] : ["--peer", source.peer],
      ...whenWhole === "stay" ? ["--stay"] : [],
    ),
    whole: /"type":"done"/,
  }),
};

function at({ host, port }: PeerPlace): string[] {
  return ["--host", host, "--port", `${port}`, "--no-discovery", ...NO_TRACKER];
}

/** Makes a torrent file of data; `flags` may name a tracker. */
export function createTorrent(
  { path, out, pieceKib }: { path: string; out: string; pieceKib: number },
  ...flags: readonly string[]
): string[] {
  return sluice("create", path, "--piece-length", `${pieceKib}K`, "--out", out, ...flags);
}
