import type { Engine, LeecherPlace, PeerPlace } from "./engine.ts";

/** It has the hook print a line when it has all data: an id, the number of files, and a path. */
const WHOLE = /^[0-9a-f]{16} 1 /;

/** aria2, which is told of a peer by a tracker only. */
export const ARIA2: Engine = {
  name: "aria2",
  seed: (place: PeerPlace) => ({
    words: [...peer(place), "--bt-seed-unverified=true", "--seed-ratio=0.0", place.torrent],
    whole: WHOLE,
  }),
  leech: ({ source, whenWhole, ...place }: LeecherPlace) => ({
    words: [
      ...peer(place),
      ...source === undefined ? [] : [`--bt-tracker=${source.announceUrl}`],
      whenWhole === "stay" ? "--seed-ratio=0.0" : "--seed-time=0",
      place.torrent,
    ],
    whole: WHOLE,
  }),
};

function peer({ folder, port }: PeerPlace): string[] {
  return [
    ...["aria2c", "--no-conf=true", "--quiet=true", "--on-bt-download-complete=/bin/echo"],
    ...[`--dir=${folder}`, `--listen-port=${port}`, "--disable-ipv6=true"],
    ...["--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false"],
    // No limits that stand in its way.
    ...[
      "--file-allocation=none",
      "--disk-cache=64M",
      "--bt-max-peers=0",
      "--bt-tracker-interval=2",
    ],
  ];
}
