import { assert, assertEquals } from "@std/assert";
import { decodeCompactPeers } from "../../../lib/net/mod.ts";
import { PACKED_LENGTH, PackedMembers, Peer } from "../../../lib/tracker/swarm/mod.ts";
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

function room(count: number): Uint8Array {
  return new Uint8Array(count * PACKED_LENGTH);
}

function packedOf(size: number): PackedMembers {
  const packed = new PackedMembers();
  for (let number = 0; number < size; number++) packed.push(numberedPeer(number));
  return packed;
}

Deno.test({
  name: "PackedMembers chooses as many as are wanted, none twice, without the one who asks",
  permissions: "none",
  fn() {
    const random = seededRandom(3);
    for (let round = 0; round < 20_000; round++) {
      const size = 1 + randomBelow(random, 12);
      const leechers = randomBelow(random, size + 1);
      const except = randomBelow(random, size);
      const count = randomBelow(random, size + 3);
      const wanted = random() < 0.5 ? "all" : "leechers";
      const ports = portsOf(
        packedOf(size).choose(room(count), { wanted, leechers, except, random }),
      );
      const among = Array.from({ length: wanted === "all" ? size : leechers }, (_, at) => at + 1);
      const others = new Set(among.filter((port) => port !== except + 1));
      assertEquals(ports.length, Math.min(count, others.size));
      assertEquals(new Set(ports).size, ports.length, "one is there twice");
      assert(ports.every((port) => others.has(port)), `${ports} of ${[...others]}`);
    }
  },
});

Deno.test({
  name: "PackedMembers gives seeders their share of each answer, and in time tells of everybody",
  permissions: "none",
  fn() {
    const random = seededRandom(4);
    const packed = packedOf(100);
    const told = new Map<number, number>();
    for (let round = 0; round < 4_000; round++) {
      const options = { wanted: "all", leechers: 91, except: 0, random } as const;
      const ports = portsOf(packed.choose(room(20), options));
      const seeders = ports.filter((port) => port > 91).length;
      assert(seeders === 1 || seeders === 2, `${seeders} of 9 seeders in 20 of 99`);
      for (const port of ports) told.set(port, (told.get(port) ?? 0) + 1);
    }
    assertEquals(told.size, 99);
    // Each of the 99 is told of 808 times on average.
    assert([...told.values()].every((times) => times > 600 && times < 1_050), `${[...told]}`);
  },
});

Deno.test({
  name: "PackedMembers keeps the order of the swarm whoever comes, changes places and goes",
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
        packed.pop(members.pop()!);
      }
      assertEquals(packed.count, members.length);
      if (members.length === 0) continue;
      const [one, other] = [0, 0].map(() => randomBelow(random, members.length)) as [
        number,
        number,
      ];
      packed.swap(one, other);
      [members[one], members[other]] = [members[other]!, members[one]!];
      if (round % 100 > 0) continue;
      const everybody = { wanted: "all", leechers: members.length, random: () => 0 } as const;
      const all = packed.choose(room(members.length), { ...everybody, except: members.length - 1 });
      assertEquals(
        decodeCompactPeers(all, "ipv4"),
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
    packed.pop(other);
    packed.pop(local);
    assertEquals([packed.serves("here"), packed.serves("outside")], [true, true]);
  },
});
