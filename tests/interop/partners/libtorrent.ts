import { fromFileUrl } from "@std/path";
import { type Partner, reasonToSkip } from "../partner.ts";
import { RunningPartner } from "../running_partner.ts";

const PEER = fromFileUrl(import.meta.resolve("./libtorrent_peer.py"));

/** libtorrent by Arvid Norberg, through its module for Python. */
export const LIBTORRENT: Partner = {
  name: "libtorrent",
  missing: reasonToSkip("/usr/bin/python3", ["-c", "import libtorrent"]),
  network: "loopback",
  start: ({ source, folder, spot, port }) => {
    const command = [
      ...spot.enter,
      ...["/usr/bin/python3", PEER, source, folder, spot.host, String(port)],
    ];
    const isWhole = (text: string) => /^whole$/m.test(text);
    return Promise.resolve(new RunningPartner({ command, isWhole, complaint: /^complaint: / }));
  },
};
