import { fromFileUrl } from "@std/path";
import type { Engine, LeecherPlace, PeerPlace } from "./engine.ts";

/** The system's Python, for which distributions package the module. */
export const PYTHON = "/usr/bin/python3";

const PEER = fromFileUrl(import.meta.resolve("./libtorrent_peer.py"));

/** libtorrent by Arvid Norberg, through its module for Python. */
export const LIBTORRENT: Engine = {
  name: "libtorrent",
  seed: (place: PeerPlace) => ({ words: peer("seed", place), whole: /^whole$/ }),
  leech: ({ source, whenWhole, ...place }: LeecherPlace) => ({
    words: [...peer(whenWhole, place), ...source === undefined ? [] : [source.peer]],
    whole: /^whole$/,
  }),
};

function peer(role: "seed" | "stay" | "leave", place: PeerPlace): string[] {
  return [PYTHON, PEER, role, place.torrent, place.folder, `${place.host}:${place.port}`];
}
