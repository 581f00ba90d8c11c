import { assertEquals } from "@std/assert";
import { type LocalAddress, LocalAddresses } from "../../../../lib/net/mod.ts";
import { parseMagnet, parseTorrent } from "../../../../lib/metainfo/mod.ts";
import { sampleInfo } from "../../sample_torrents.ts";
import { EventReader } from "./read_events.ts";
import { SampleApi, type SampleApiOptions } from "./sample_api.ts";

const IPV4: LocalAddress = { address: "10.1.2.3", netmask: "255.255.255.0" };
const IPV6: LocalAddress = { address: "2001:db8:1::5", netmask: "ffff:ffff::" };

/** The API of a tracker that listens somewhere, on a machine with some addresses. */
function apiAt(
  host: string,
  { addresses = [IPV4], ...options }: SampleApiOptions & { addresses?: LocalAddress[] } = {},
): SampleApi {
  const api = new SampleApi({ ...options, locals: new LocalAddresses(() => addresses) });
  const doors = [
    { door: "tcp" as const, host, port: 6789, tls: false },
    { door: "http" as const, host, port: 7979, tls: false },
    { door: "udp" as const, host, port: 7070, tls: false },
  ];
  Object.assign(api.context, { doors });
  return api;
}

/** Where it is told to be found. */
async function urlsOf(api: SampleApi, named: string, more: Record<string, string> = {}) {
  const { body } = await api.ask("/tracker", { headers: { host: named, ...more } });
  return body.announceUrls;
}

Deno.test("api: who sits at a tracker that listens everywhere is given links by which others find it", async () => {
  const api = apiAt("0.0.0.0", { token: "sesame" });
  const expected = [
    ...["http://10.1.2.3:7979/sesame/announce", "udp://10.1.2.3:7070/sesame/announce"],
  ];
  // Through a tunnel the port that was named may be another one.
  for (
    const named of ["localhost", "127.0.0.1:8080", "LOCALHOST.:7979", "a.localhost", "[::1]:1"]
  ) {
    assertEquals(await urlsOf(api, named), expected, named);
  }
  const info = await sampleInfo("one", 1);
  api.context.registry.publish({ info });
  const headers = { host: "localhost:7979" };
  const { body: { files } } = await api.ask("/files", { headers });
  assertEquals(parseMagnet(files[0].magnet).trackers, expected);
  const response = await api.request(`/files/${info.infoHash}/torrent`, { headers });
  const torrent = await parseTorrent(new Uint8Array(await response.arrayBuffer()), "torrent");
  assertEquals(torrent.trackers, [expected]);
  const reader = new EventReader(await api.request("/events", { headers }));
  const hello = await reader.next();
  assertEquals(hello?.data.tracker.announceUrls, expected);
  assertEquals(parseMagnet(hello?.data.files.files[0].magnet).trackers, expected);
  await reader.close();
});

Deno.test("api: links name the tracker as it was asked for where others cannot find it, or that is for others", async () => {
  const as = (named: string) => [`http://${named}/announce`, "udp://localhost:7070/announce"];
  const named = "localhost:7979";
  assertEquals(await urlsOf(apiAt("127.0.0.1"), named), as(named));
  assertEquals(await urlsOf(apiAt("10.1.2.3"), named), as(named));
  assertEquals(await urlsOf(apiAt("0.0.0.0", { addresses: [] }), named), as(named));
  // An IPv4 socket is not reached by IPv6.
  assertEquals(await urlsOf(apiAt("0.0.0.0", { addresses: [IPV6] }), named), as(named));
  const [url] = await urlsOf(apiAt("0.0.0.0"), "192.0.2.7:80");
  assertEquals(url, "http://192.0.2.7:80/announce");
  // Somebody for whom a port of the machine is forwarded, as to a container, or a proxy asks.
  const open = apiAt("0.0.0.0", { dashboard: { audience: "everybody" } });
  const { body } = await open.ask("/tracker", { headers: { host: named }, host: "10.1.2.9" });
  assertEquals(body.announceUrls, as(named));
  assertEquals(await urlsOf(open, named, { "x-forwarded-for": "10.1.2.9" }), as(named));
});

Deno.test("api: a tracker that listens everywhere by IPv6 is named by IPv4 if the machine has it", async () => {
  const both = await urlsOf(apiAt("::", { addresses: [IPV6, IPV4] }), "[::1]:7979");
  assertEquals(both[0], "http://10.1.2.3:7979/announce");
  const one = await urlsOf(apiAt("::", { addresses: [IPV6] }), "[::1]:7979");
  assertEquals(one, [
    ...["http://[2001:db8:1::5]:7979/announce", "udp://[2001:db8:1::5]:7070/announce"],
  ]);
});
