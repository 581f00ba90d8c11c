import { assertEquals, assertMatch } from "@std/assert";
import { placeOf, refusalOfUrl, urlParts, type UrlUse } from "../../lib/net/mod.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function refusal(url: string, use: UrlUse, ...addresses: readonly string[]): string | undefined {
  return refusalOfUrl(url, { use, addresses });
}

const PUBLIC = "203.0.113.80";

/** What a torrent may name, by what it is for, and what the host stands for if that is to be looked up. */
const ALLOWED: readonly [url: string, use: UrlUse, address?: string][] = [
  ["http://tracker.example/announce", "announce", PUBLIC],
  ["https://tracker.example:8443/any/path.php?passkey=abc", "announce", PUBLIC],
  ["udp://tracker.example:6969", "announce", PUBLIC],
  ["udp://tracker.example:80/announce", "announce", PUBLIC],
  ["http://8.8.8.8:6969/announce", "announce"],
  ["http://[2001:db8::7]:6969/announce", "announce"],
  // Trackers on a network of one's own, as most of those that this tool serves.
  ["http://127.0.0.1:6969/announce", "announce"],
  ["http://localhost:6969/announce", "announce", "127.0.0.1"],
  ["http://10.0.0.5:6969/announce", "announce"],
  ["http://10.0.0.5:6969/open-sesame_7/announce", "announce"],
  ["http://192.168.1.2/announce.php", "announce"],
  ["http://192.168.1.2/announce/0123456789abcdef", "announce"],
  ["http://[fd00::5]:6969/announce", "announce"],
  ["http://169.254.7.7:6969/announce", "announce"],
  ["http://tracker.lan:6969/announce", "announce", "10.0.0.5"],
  ["udp://10.0.0.5:6969/announce", "announce"],
  ["udp://127.0.0.1:6969", "announce"],
  ["udp://[::1]:6969/announce", "announce"],
  ["http://mirror.example/pub/data.bin", "web seed", PUBLIC],
  ["https://mirror.example/pub/?key=abc", "web seed", PUBLIC],
];

for (const [url, use, address] of ALLOWED) {
  pure(`A torrent may name ${url} as ${use}`, () => {
    assertEquals(refusal(url, use, ...(address === undefined ? [] : [address])), undefined);
  });
}

const MACHINE = /leads to this machine/;
const NETWORK = /leads to a private network/;
const NOBODY = /not the address of one machine/;
const SECRETS = /secrets of machines/;

const REFUSED: readonly [url: string, use: UrlUse, reason: RegExp, ...addresses: string[]][] = [
  // Other paths and queries within.
  ["http://127.0.0.1/", "announce", MACHINE],
  ["http://127.0.0.1:6969/admin", "announce", MACHINE],
  ["http://127.0.0.1:6969/announcement", "announce", MACHINE],
  ["http://127.0.0.1:6969/a/b/announce", "announce", MACHINE],
  ["http://127.0.0.1:6969/announce/a/b", "announce", MACHINE],
  ["http://127.0.0.1:6969/announce?do=reboot", "announce", MACHINE],
  ["http://127.0.0.1:6969/..%2fadmin/announce", "announce", MACHINE],
  ["http://127.0.0.1:6969/admin%5c/announce", "announce", MACHINE],
  ["http://127.0.0.1:6969/announce/..;/admin", "announce", MACHINE],
  ["http://127.0.0.1:6969/announce/../admin", "announce", MACHINE],
  // What servers may take for a program with more path behind it, or read as another path.
  ["http://192.168.1.1/reboot.cgi/announce", "announce", NETWORK],
  ["http://192.168.1.1/reboot.php/announce.php", "announce", NETWORK],
  ["http://192.168.1.1/%61pply.cgi/announce", "announce", NETWORK],
  ["http://192.168.1.1/%61pply.cgi/announce/x", "announce", NETWORK],
  ["http://192.168.1.1/apply/announce/x", "announce", NETWORK],
  ["http://192.168.1.1/announce/reboot.cgi", "announce", NETWORK],
  ["http://192.168.1.1/announce/..%2freboot", "announce", NETWORK],
  ["http://192.168.1.1/open%20sesame/announce", "announce", NETWORK],
  ["http://192.168.1.1/a:b/announce", "announce", NETWORK],
  [`http://192.168.1.1/${"x".repeat(513)}/announce`, "announce", NETWORK],
  ["http://10.0.0.5/cgi-bin/reboot", "announce", NETWORK],
  ["http://[fe80::1]/reboot", "announce", NETWORK],
  ["http://100.64.0.1/reboot", "announce", NETWORK],
  // All of a web seed's path is the stranger's choice.
  ["http://127.0.0.1/data.bin", "web seed", MACHINE],
  ["http://10.0.0.5/announce", "web seed", NETWORK],
  ["http://[fd00::5]/data.bin", "web seed", NETWORK],
  // Other spellings of the same.
  ["http://2130706433/admin", "announce", MACHINE],
  ["http://0x7f000001/admin", "announce", MACHINE],
  ["http://0177.0.0.1/admin", "announce", MACHINE],
  ["http://127.1/admin", "announce", MACHINE],
  ["http://127.0.0.1./admin", "announce", MACHINE],
  ["http://localhost/admin", "announce", MACHINE],
  ["http://LOCALHOST./admin", "announce", MACHINE],
  ["http://a.localhost/admin", "announce", MACHINE],
  ["http://[::1]/admin", "announce", MACHINE],
  ["http://[0:0:0:0:0:0:0:1]/admin", "announce", MACHINE],
  ["http://[::ffff:127.0.0.1]/admin", "announce", MACHINE],
  ["http://[::ffff:7f00:1]/admin", "announce", MACHINE],
  ["http://[::127.0.0.1]/admin", "announce", MACHINE],
  ["http://[64:ff9b::127.0.0.1]/admin", "announce", MACHINE],
  ["http://[2002:7f00:1::]/admin", "announce", MACHINE],
  ["http://[64:ff9b::10.0.0.5]/admin", "announce", NETWORK],
  ["http://\u2461\u2467.0.0.1/x", "web seed", /./],
  ["http://167772165/data.bin", "web seed", NETWORK],
  // What a name stands for: one address is enough.
  ["http://evil.example/admin", "announce", MACHINE, "127.0.0.1"],
  ["http://evil.example/admin", "announce", NETWORK, PUBLIC, "10.0.0.5"],
  ["http://evil.example/data.bin", "web seed", NETWORK, "192.168.1.1", PUBLIC],
  ["http://evil.example/data.bin", "web seed", MACHINE, PUBLIC, "::ffff:127.0.0.1"],
  ["http://evil.example/admin", "announce", NETWORK, "fe80::1%eth0"],
  ["udp://evil.example:6969", "announce", SECRETS, "169.254.169.254"],
  // Nobody, groups and those who tell secrets, whatever the path.
  ["http://0.0.0.0:6969/announce", "announce", NOBODY],
  ["http://0/announce", "announce", NOBODY],
  ["http://[::]:6969/announce", "announce", NOBODY],
  ["udp://255.255.255.255:6969", "announce", NOBODY],
  ["udp://239.1.2.3:6969/announce", "announce", NOBODY],
  ["udp://[ff02::1]:6969", "announce", NOBODY],
  ["http://evil.example/announce", "announce", NOBODY, "0.0.0.0"],
  ["http://169.254.169.254/announce", "announce", SECRETS],
  ["http://[::ffff:169.254.169.254]/announce", "announce", SECRETS],
  ["http://2852039166/announce", "announce", SECRETS],
  ["udp://0xa9fea9fe:6969/announce", "announce", SECRETS],
  ["http://[fd00:ec2::254]/announce", "announce", SECRETS],
  ["http://168.63.129.16/announce", "announce", SECRETS],
  ["http://[64:ff9b::a9fe:a9fe]/announce", "announce", SECRETS],
  ["http://[64:ff9b:1::a9fe:a9fe]/announce", "announce", SECRETS],
  ["http://[2002:a9fe:a9fe::]/announce", "announce", SECRETS],
  ["http://[::a9fe:a9fe]/announce", "announce", SECRETS],
  ["http://[::ffff:0:a9fe:a9fe]/announce", "announce", SECRETS],
  ["http://[2001:0:1:2:3:4:5601:5601]/announce", "announce", SECRETS],
  ["udp://evil.example:6969", "announce", SECRETS, "64:ff9b::a9fe:a9fe"],
  ["http://[64:ff9b::ffff:ffff]/announce", "announce", NOBODY],
  // UDP, whose hosts the parser leaves as they are.
  ["udp://0xefffffff:6969", "announce", NOBODY],
  ["udp://tracker.example", "announce", /port 0 is not/],
  ["udp://tracker.example:53", "announce", /port 53 is not/, PUBLIC],
  // Other services, other schemes, passwords.
  ["http://tracker.example:25/announce", "announce", /port 25 is not/, PUBLIC],
  ["https://tracker.example:22/announce", "announce", /port 22 is not/, PUBLIC],
  ["http://10.0.0.5:6667/announce", "announce", /port 6667 is not/],
  ["http://user:secret@tracker.example/announce", "announce", /user name or a password/, PUBLIC],
  ["http://user@10.0.0.5/announce", "announce", /user name or a password/],
  ["udp://user:1@10.0.0.5:6969", "announce", /user name or a password/],
  ["file:///etc/passwd", "announce", /it is no URL|file/],
  ["file:///etc/passwd", "web seed", /it is no URL|file/],
  ["file://tracker.example/announce", "announce", /must not name file URLs/],
  ["ftp://mirror.example/data.bin", "web seed", /must not name ftp URLs/, PUBLIC],
  ["udp://mirror.example:80/data.bin", "web seed", /must not name udp URLs/, PUBLIC],
  ["gopher://10.0.0.5:70/announce", "announce", /must not name gopher URLs/],
  ["javascript:alert(1)", "web seed", /it is no URL|javascript/],
  ["data:text/plain,x", "web seed", /it is no URL|data/],
  ["tracker.example", "announce", /it is no URL/],
];

for (const [url, use, reason, ...addresses] of REFUSED) {
  pure(`A torrent must not name ${url} as ${use}, which is ${addresses.join(" and ")}`, () => {
    assertMatch(refusal(url, use, ...addresses) ?? "allowed", reason);
  });
}

pure("Where private URLs are allowed, paths within are free, and all else is as it was", () => {
  const free = { addresses: [], privateUrls: "allowed" } as const;
  for (const url of ["http://10.0.0.5/data.bin?a=b", "http://127.0.0.1:8000/x"]) {
    assertEquals(refusalOfUrl(url, { use: "web seed", ...free }), undefined);
    assertEquals(refusalOfUrl(url, { use: "announce", ...free }), undefined);
  }
  const refused = [
    "http://169.254.169.254/announce",
    "http://0.0.0.0/x",
    "http://10.0.0.5:22/",
    "http://u@10.0.0.5/",
    "file://10.0.0.5/x",
  ];
  for (const url of refused) {
    assertEquals(typeof refusalOfUrl(url, { use: "announce", ...free }), "string", url);
  }
});

pure("The parts of a URL have its host in one spelling, also that of a UDP tracker", () => {
  assertEquals(urlParts("udp://0x7F.1:0443/a?b=c"), {
    ...{ scheme: "udp", host: "127.0.0.1", port: 443, path: "/a", query: "?b=c", login: "none" },
  });
  assertEquals(urlParts("https://[::FFFF:10.0.0.5]"), {
    ...{ scheme: "https", host: "10.0.0.5", port: 443, path: "/", query: "", login: "none" },
  });
  assertEquals(urlParts("HTTP://Tracker.Example.:8080/x")?.host, "tracker.example");
  assertEquals(urlParts("udp://:6969/announce"), undefined);
});

pure("placeOf sees through IPv6 addresses that lead to those of IPv4, and zones", () => {
  const places = {
    "this machine": ["[64:ff9b::7f00:1]", "[2002:7f01:203::1]", "[::127.0.0.1]", "0.1.2.3"]
      .concat("[64:ff9b:1::7f00:1]", "[::ffff:0:127.0.0.1]", "[2001::80ff:fffe]"),
    "a private network": ["[64:ff9b::a00:1]", "[2002:c0a8:101::]", "[fec0::1]", "fe80::1%eth0"]
      .concat("[64:ff9b:1::a00:1]", "[64:ff9b:1::808:808]", "[2001::f5ff:fffe]")
      .concat("198.18.0.1", "198.19.255.254", "192.0.0.8", "[::ffff:192.0.0.8]"),
    "anywhere": ["[64:ff9b::808:808]", "[2002:808:808::1]", "[2001:db8::1]", "[64:ff9b:2::]"]
      .concat("[2001::f7f7:f7f7]", "198.17.0.1", "198.20.0.1", "192.0.1.1"),
  };
  for (const [place, hosts] of Object.entries(places)) {
    for (const host of hosts) assertEquals(placeOf(host), place, host);
  }
});
