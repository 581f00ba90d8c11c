import { join } from "@std/path";
import { freePort, type Partner, reasonToSkip } from "../partner.ts";
import { RunningPartner } from "../running_partner.ts";

/** Exceptions that are no complaints: peers go, come twice or cannot encrypt, and files are new. */
const USUAL = [
  "Got EOF from peer",
  "Failed to (receive|send) data",
  "Failed to establish connection",
  "Client is in seed state",
  "CUID#\\d+ - Drop connection from the same Peer ID",
  "CUID#\\d+ - Same Peer ID has been already seen",
  "Failed to load DHT routing table",
  "Failed to read from the file",
];
const COMPLAINT = new RegExp(`errorCode=\\d+ (?!${USUAL.join("|")})|we got wrong piece`);

/** aria2, which asks trackers by UDP only where it takes part in the DHT: one without other nodes. */
export const ARIA2: Partner = {
  name: "aria2",
  missing: reasonToSkip("aria2c", ["--version"]),
  network: "loopback",
  start: ({ source, folder, home, spot, port }) => {
    const log = join(home, "log");
    const command = [
      ...[...spot.enter, "aria2c", `--dir=${folder}`, `--listen-port=${port}`, "--no-conf=true"],
      ...["--enable-dht=true", `--dht-listen-port=${freePort()}`, "--enable-dht6=false"],
      ...[`--dht-file-path=${join(home, "dht")}`, "--bt-enable-lpd=false"],
      ...["--check-integrity=true", "--seed-ratio=0.0", "--bt-tracker-interval=2"],
      ...["--enable-color=false", "--summary-interval=1", "--file-allocation=none"],
      ...[`--log=${log}`, "--log-level=debug", source],
    ];
    const isWhole = (text: string) => text.includes("SEED(");
    return Promise.resolve(new RunningPartner({ command, log, isWhole, complaint: COMPLAINT }));
  },
};
