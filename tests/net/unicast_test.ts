import { assert, assertEquals } from "@std/assert";
import { formatIp, isUnicast } from "../../lib/net/mod.ts";
import { randomBytes, seededRandom } from "../bytes/seeded_random.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `isUnicast ${name}`, permissions: "none", fn });
}

pure("is true of addresses of one machine, also of this one and of private networks", () => {
  const hosts = [
    "10.0.0.1",
    "192.168.1.255",
    "169.254.7.7",
    "127.0.0.1",
    "1.0.0.0",
    "223.255.255.1",
  ];
  hosts.push("2001:db8::1", "fe80::1", "fd00::1", "::1", "::ffff:10.0.0.1", "64:ff9b::1");
  for (const host of hosts) assert(isUnicast(host), host);
});

pure("is false of groups, of everybody, of nobody, and of what is reserved", () => {
  const hosts = ["224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "0.0.0.0"];
  hosts.push("ff02::1", "ff0e::1234", "FF05::2", "::", "0:0:0:0:0:0:0:0");
  hosts.push("::ffff:224.0.0.1", "::ffff:255.255.255.255", "::ffff:0.0.0.0");
  for (const host of hosts) assert(!isUnicast(host), host);
});

pure("is false of what is no IP address, and of one with a zone", () => {
  for (
    const host of ["", "peer.example", "localhost", "1.2.3", "1.2.3.4.5", "fe80::1%eth0", "[::1]"]
  ) {
    assert(!isUnicast(host), host);
  }
});

pure("goes by the first byte, whatever the others are", () => {
  const random = seededRandom(224);
  for (let first = 0; first < 256; first++) {
    const ipv4 = randomBytes(random, 4);
    const ipv6 = randomBytes(random, 16);
    ipv4[0] = ipv6[0] = first;
    ipv4[3] = ipv6[15] = 1;
    assertEquals(isUnicast(formatIp(ipv4)), first < 224, formatIp(ipv4));
    assertEquals(isUnicast(formatIp(ipv6)), first !== 0xff, formatIp(ipv6));
  }
});
