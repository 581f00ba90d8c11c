import { assert, assertEquals } from "@std/assert";
import { decodeCompactPeers } from "../../../lib/net/mod.ts";
import { PackedMembers, Peer } from "../../../lib/tracker/swarm/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";
import { samplePeerId } from "../sample_torrents.ts";

let serial = 0;

function peerAt(host: string, port: number): Peer {
  return new Peer({ host, port, id: samplePeerId(1), agent: "Test/1" }, serial++);
}

function numberedPeer(number: number): Peer {
  return peerAt(`10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`, 1 + number % 65_535);
}

function portsOf(run: Uint8Array): number[] {
  return decodeCompactPeers(run, "ipv4").map(({ port }) => port);
}

Deno.test({
  name:
    "PackedMembers gives the members from any place on, around the end, without the one who asks",
  permissions: "none",
  fn() {
    for (const size of [1, 2, 3, 7, 50]) {
      const packed = new PackedMembers();
      for (let number = 0; number < size; number++) packed.push(numberedPeer(number));
      for (let start = 0; start < size; start++) {
        for (let except = 0; except < size; except++) {
          for (const count of [0, 1, 2, size - 1, size, size + 10]) {
            const expected = Array.from({ length: size }, (_, step) => (start + step) % size)
              .filter((place) => place !== except).slice(0, Math.max(0, count))
              .map((place) => place + 1);
            assertEquals(portsOf(packed.run(start, count, except)), expected, `${size} ${start}`);
          }
        }
      }
    }
  },
});

Deno.test({
  name: "PackedMembers keeps the order of the swarm whoever comes and goes, in room that shrinks",
  permissions: "none",
  fn() {
    const random = seededRandom(5);
    const packed = new PackedMembers();
    const members: Peer[] = [];
    let number = 0;
    for (let round = 0; round < 5_000; round++) {
      const isGrowing = round % 1_000 < 500;
      if (members.length === 0 || random() < (isGrowing ? 0.7 : 0.3)) {
        members.push(numberedPeer(number++));
        packed.push(members.at(-1)!);
      } else {
        const index = randomBelow(random, members.length);
        packed.remove(index, members[index]!);
        const last = members.pop()!;
        if (index < members.length) members[index] = last;
      }
      assertEquals(packed.count, members.length);
      if (round % 100 > 0 || members.length === 0) continue;
      const run = decodeCompactPeers(packed.run(0, members.length, members.length - 1), "ipv4");
      assertEquals(
        run,
        members.slice(0, -1).map(({ host, port }) => ({ host, port })),
      );
    }
  },
});

Deno.test({
  name:
    "PackedMembers serves nobody while one is not of IPv4, and none from outside while one is here",
  permissions: "none",
  fn() {
    const packed = new PackedMembers();
    packed.push(peerAt("192.0.2.7", 1));
    assert(packed.serves("here") && packed.serves("outside"));
    const local = peerAt("127.0.0.1", 2);
    packed.push(local);
    assertEquals([packed.serves("here"), packed.serves("outside")], [true, false]);
    const other = peerAt("2001:db8::7", 3);
    packed.push(other);
    assertEquals([packed.serves("here"), packed.serves("outside")], [false, false]);
    packed.remove(1, local);
    packed.remove(1, other);
    assertEquals([packed.serves("here"), packed.serves("outside")], [true, true]);
    assertEquals(portsOf(packed.run(0, 5, 0)), []);
  },
});
