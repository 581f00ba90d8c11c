import { join } from "@std/path";
import { type Partner, type PartnerStart, reasonToSkip } from "../partner.ts";
import { RunningPartner } from "../running_partner.ts";

const COMPLAINT = new RegExp(
  [
    "^\\d+ [CE] ",
    "network_errors",
    "handshake_manager.*(not BitTorrent|invalid (value|message order)|too many failed|unknown error)",
    "download_data_mismatch",
    "invalid_piece_in_upload_queue",
    "Received failure msg",
    "failed to (connect to|scrape) tracker",
  ].join("|"),
);

/** rTorrent, as a daemon, which needs no terminal. */
export const RTORRENT: Partner = {
  name: "rtorrent",
  missing: reasonToSkip("rtorrent", ["-h"]),
  network: "loopback",
  async start(options) {
    const { home, spot } = options;
    await Deno.mkdir(join(home, "session"));
    await Deno.writeTextFile(join(home, "settings"), settings(options));
    return new RunningPartner({
      command: [...spot.enter, "rtorrent", "-n", "-o", `import=${join(home, "settings")}`],
      log: join(home, "log"),
      complaint: COMPLAINT,
      isWhole: () => exists(join(home, "whole")),
    });
  },
};

/** Its commands; it makes a file when it has all data, whether fetched or found on the disk. */
function settings({ source, folder, home, spot, port }: PartnerStart): string {
  const touch = `execute.nothrow=touch,${join(home, "whole")}`;
  return `system.daemon.set = true
network.bind_address.set = ${spot.host}
network.port_range.set = ${port}-${port}
network.port_random.set = no
dht.mode.set = disable
trackers.use_udp.set = yes
directory.default.set = "${folder}"
session.path.set = "${join(home, "session")}"
session.use_lock.set = no
log.open_file = "log", "${join(home, "log")}"
log.add_output = "debug", "log"
log.add_output = "connection_debug", "log"
log.add_output = "peer_debug", "log"
log.add_output = "torrent_debug", "log"
log.add_output = "tracker_debug", "log"
log.add_output = "protocol_network_errors", "log"
log.add_output = "protocol_piece_events", "log"
method.set_key = event.download.finished, whole, "branch=d.is_meta=,cat=,\\"${touch}\\""
method.set_key = event.download.hash_done, whole, "branch=d.complete=,\\"${touch}\\""
load.start = "${source}"
`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
