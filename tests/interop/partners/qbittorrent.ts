import { join } from "@std/path";
import { freePort, type Partner, type PartnerStart, reasonToSkip } from "../partner.ts";
import { RunningPartner } from "../running_partner.ts";

/** qBittorrent without a window, with a profile of its own. */
export const QBITTORRENT: Partner = {
  name: "qbittorrent",
  missing: reasonToSkip("qbittorrent-nox", ["--version"]),
  network: "loopback",
  async start(options) {
    const { source, folder, home, spot } = options;
    const webPort = freePort();
    await Deno.mkdir(join(home, "qBittorrent", "config"), { recursive: true });
    const file = join(home, "qBittorrent", "config", "qBittorrent.conf");
    await Deno.writeTextFile(file, settings(options, webPort));
    const args = [`--profile=${home}`, `--save-path=${folder}`, "--skip-dialog=true", source];
    const api = `http://127.0.0.1:${webPort}/api/v2`;
    return new RunningPartner({
      command: [...spot.enter, "qbittorrent-nox", ...args],
      log: join(home, "qBittorrent", "data", "logs", "qbittorrent.log"),
      isWhole: () => isWhole(api),
      // The peers that it has banned, with its reasons.
      tell: async () => await (await fetch(`${api}/log/peers`)).text(),
      // It warns of what is not installed, too.
      complaint: /^\((W|C)\)(?!.*(geolocation|translation))|"reason":/,
    });
  },
};

function settings({ spot, port }: PartnerStart, webPort: number): string {
  return `[LegalNotice]
Accepted=true
[BitTorrent]
Session\\BTProtocol=TCP
Session\\DHTEnabled=false
Session\\InterfaceAddress=${spot.host}
Session\\LSDEnabled=false
Session\\MultiConnectionsPerIp=true
Session\\Port=${port}
Session\\QueueingSystemEnabled=false
[Network]
PortForwardingEnabled=false
[Preferences]
Connection\\ResolvePeerCountries=false
WebUI\\Address=127.0.0.1
WebUI\\Enabled=true
WebUI\\LocalHostAuth=false
WebUI\\Port=${webPort}
WebUI\\UseUPnP=false
`;
}

async function isWhole(api: string): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(`${api}/torrents/info`);
  } catch {
    // It does not listen yet.
    return false;
  }
  const [torrent] = await response.json();
  return torrent?.progress === 1 && /^(uploading|stalledUP|forcedUP)$/.test(torrent.state);
}
