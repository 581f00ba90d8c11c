import { join } from "@std/path";
import { NO_NAMESPACES } from "../network.ts";
import { type Partner, type PartnerStart, reasonToSkip } from "../partner.ts";
import { RunningPartner } from "../running_partner.ts";

const RPC_PORT = 9091;

const COMPLAINT = new RegExp(
  [
    "bad packet",
    "wrong block size",
    "dropping invalid block",
    "out-of-range",
    "UNKNOWN: ",
    "rejecting an invalid request",
    "rejecting request for a piece we don't have",
    "couldn't get dictionary",
    "metadata error",
    "strike",
    "contributed to corrupt",
    "failed its checksum",
    "(Tracker|Scrape) error",
  ].join("|"),
);

/** The daemon of Transmission, which refuses peers on loopback. */
export const TRANSMISSION: Partner = {
  name: "transmission",
  missing: reasonToSkip("transmission-daemon", ["--version"]) || NO_NAMESPACES,
  network: "namespace",
  async start(options) {
    const { home, spot } = options;
    await Deno.writeTextFile(join(home, "settings.json"), JSON.stringify(settings(options)));
    const rpc = new Rpc(`http://${spot.host}:${RPC_PORT}/transmission/rpc`);
    let state: "starting" | "started" = "starting";
    return new RunningPartner({
      command: [...spot.enter, "transmission-daemon", "-f", "-g", home, "--log-debug"],
      // Makes it tell of every message.
      env: { TR_DEBUG_FD: "2" },
      complaint: COMPLAINT,
      isWhole: async () => {
        if (state === "starting") {
          if (!await rpc.add(options)) return false;
          state = "started";
        }
        return await rpc.isWhole();
      },
    });
  },
};

function settings({ folder, spot, port }: PartnerStart): Record<string, unknown> {
  return {
    "bind-address-ipv4": spot.host,
    "dht-enabled": false,
    "download-dir": folder,
    "incomplete-dir-enabled": false,
    "lpd-enabled": false,
    "peer-port": port,
    "port-forwarding-enabled": false,
    "rpc-bind-address": spot.host,
    "rpc-host-whitelist-enabled": false,
    "rpc-port": RPC_PORT,
    "rpc-whitelist-enabled": false,
    "utp-enabled": false,
  };
}

/** What its programs for users ask the daemon. */
class Rpc {
  readonly #url: string;
  #session = "";

  constructor(url: string) {
    this.#url = url;
  }

  /** Adds the torrent; says whether the daemon was there already. */
  async add({ source, folder }: PartnerStart): Promise<boolean> {
    const what = source.startsWith("magnet:")
      ? { filename: source }
      : { metainfo: btoa(String.fromCharCode(...await Deno.readFile(source))) };
    try {
      await this.#call("torrent-add", { ...what, "download-dir": folder, paused: false });
      return true;
    } catch (error) {
      if (error instanceof TypeError) return false;
      throw error;
    }
  }

  async isWhole(): Promise<boolean> {
    const fields = ["status", "percentDone"];
    const { torrents: [torrent] } = await this.#call("torrent-get", { fields });
    // 6 is the status of a torrent that seeds.
    return torrent?.status === 6 && torrent.percentDone === 1;
  }

  async #call(
    method: string,
    args: Record<string, unknown>,
  ): Promise<{ torrents: { status: number; percentDone: number }[] }> {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "X-Transmission-Session-Id": this.#session },
      body: JSON.stringify({ method, arguments: args }),
    });
    const text = await response.text();
    if (response.status === 409) {
      this.#session = response.headers.get("X-Transmission-Session-Id") ?? "";
      return await this.#call(method, args);
    }
    const { result, arguments: values } = JSON.parse(text);
    if (result !== "success") throw new Error(`${method} fails: ${text}`);
    return values;
  }
}
