import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  AddressListError,
  type AddressListKind,
  ListFilter,
  MAX_TOLD_LINES,
  parseAddressList,
} from "../../lib/net/mod.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name: `A list of addresses ${name}`, permissions: "none", fn });
}

function parse(text: string, kind: AddressListKind = "blocklist") {
  return parseAddressList(new TextEncoder().encode(text), { name: "list.txt", kind });
}

/** Which of these hosts a list has. */
function hostsIn(text: string, hosts: readonly string[]): string[] {
  const filter = new ListFilter({ allow: parse(text).ranges });
  return hosts.filter((host) => filter.admits(host));
}

const LINES: Record<string, { line: string; has: string[]; lacks: string[] }> = {
  "an address": { line: "192.0.2.7", has: ["192.0.2.7"], lacks: ["192.0.2.6", "192.0.2.8"] },
  "an address between spaces, and a comment": {
    line: " \t192.0.2.7 # the printer\r",
    has: ["192.0.2.7", "::ffff:192.0.2.7"],
    lacks: ["192.0.2.70"],
  },
  "a network": {
    line: "192.0.2.128/25",
    has: ["192.0.2.128", "192.0.2.255"],
    lacks: ["192.0.2.127", "192.0.3.0"],
  },
  "a network by any of its addresses": {
    line: "10.1.2.3/8",
    has: ["10.0.0.0", "10.255.255.255"],
    lacks: ["9.255.255.255", "11.0.0.0"],
  },
  "all of IPv4": { line: "0.0.0.0/0", has: ["0.0.0.0", "255.255.255.255"], lacks: ["::1"] },
  "a range": {
    line: "192.0.2.250 - 192.0.3.5",
    has: ["192.0.2.250", "192.0.2.255", "192.0.3.5"],
    lacks: ["192.0.2.249", "192.0.3.6"],
  },
  "an IPv6 address": { line: "2001:DB8::7", has: ["2001:db8:0::7"], lacks: ["2001:db8::8"] },
  "an IPv6 network": {
    line: "2001:db8:40::/44#lab",
    has: ["2001:db8:40::", "2001:db8:4f:ffff:ffff:ffff:ffff:ffff"],
    lacks: ["2001:db8:3f:ffff:ffff:ffff:ffff:ffff", "2001:db8:50::"],
  },
  "an IPv6 range": {
    line: "2001:db8::5-2001:db8::1:0",
    has: ["2001:db8::5", "2001:db8::ffff", "2001:db8::1:0", "2001:db8::1:0%eth0"],
    lacks: ["2001:db8::4", "2001:db8::1:1"],
  },
  "all of IPv6": { line: "::/0", has: ["::", "ffff::1"], lacks: ["192.0.2.1"] },
  "an IPv4 address in IPv6": {
    line: "::ffff:192.0.2.7",
    has: ["192.0.2.7", "::ffff:192.0.2.7"],
    lacks: ["::192.0.2.7"],
  },
  "an IPv4 network in IPv6": {
    line: "::ffff:192.0.2.0/120",
    has: ["192.0.2.0", "192.0.2.255"],
    lacks: ["192.0.3.0"],
  },
  "a line of the P2P format": {
    line: "Some Org, Inc. #1: 24/7 :192.0.2.1-192.0.2.9",
    has: ["192.0.2.1", "192.0.2.9"],
    lacks: ["192.0.2.0", "192.0.2.10"],
  },
  "a line of the P2P format without a name": {
    line: ":192.0.2.1-192.0.2.1",
    has: ["192.0.2.1"],
    lacks: [],
  },
  "a line of the P2P format whose name is like an address": {
    line: "abc::192.0.2.1-192.0.2.9",
    has: ["192.0.2.5"],
    lacks: ["abc::c000:201"],
  },
  "a line of the DAT format": {
    line: "001.002.004.000 - 001.002.004.255 , 000 , Some Org, Inc.",
    has: ["1.2.4.0", "1.2.4.255"],
    lacks: ["1.2.3.255", "1.2.5.0"],
  },
  "a line of the DAT format that shuts out by a hair": {
    line: "192.0.2.1-192.0.2.9,127",
    has: ["192.0.2.1"],
    lacks: [],
  },
  "a line of the DAT format that lets in": {
    line: "192.000.002.001 - 192.000.002.009 , 128 , friends",
    has: [],
    lacks: ["192.0.2.1", "192.0.2.9"],
  },
  "a comment": { line: "  # 192.0.2.7", has: [], lacks: ["192.0.2.7"] },
  "nothing": { line: "", has: [], lacks: ["0.0.0.0"] },
};

for (const [what, { line, has, lacks }] of Object.entries(LINES)) {
  pure(`may have ${what}`, () => {
    assertEquals(hostsIn(line, [...has, ...lacks]), has);
    // Neither its place nor the ends of lines change it.
    const among = `\ufeff198.51.100.1\r\n${line}\r\n\n198.51.100.2`;
    assertEquals(hostsIn(among, [...has, ...lacks]), has);
    assertEquals(hostsIn(among, ["198.51.100.1", "198.51.100.2"]).length, 2);
  });
}

const UNREADABLE: Record<string, RegExp> = {
  "192.0.2": /it must be an address, a network/,
  "192.0.2.256": /it must be an address/,
  "192.0.2.1.5": /it must be an address/,
  "0192.0.2.1": /it must be an address/,
  "192.0.2.1 192.0.2.2": /it must be an address/,
  "192.0.2.1-": /it must be an address/,
  "192.0.2.1/": /it must be an address/,
  "192.0.2.0/33": /the network has 33 bits, must have 0 to 32/,
  "2001:db8::/129": /the network has 129 bits, must have 0 to 128/,
  "::ffff:192.0.2.0/24": /has 96 to 128 bits/,
  "192.0.2.9-192.0.2.1": /ends before it begins/,
  "2001:db8::2-2001:db8::1": /ends before it begins/,
  "Some Org: West:192.0.2.9-192.0.2.1": /ends before it begins/,
  "192.0.2.1-2001:db8::1": /both ends must be IPv4, or both IPv6/,
  "::1-192.0.2.1": /both ends must be IPv4, or both IPv6/,
  "peer.example": /it must be an address/,
  "name:192.0.2.1": /it must be an address/,
  "2001:db8:10.0.0.0/8": /it must be an address/,
  "20001:db8::-2001:db8::ff": /it must be an address/,
  "fe80::1%eth0": /it must be an address/,
  "192.0.2.1 - 192.0.2.9 , many , name": /it must be an address/,
  "e92d1017007dbef6c10c7b9db7d7f8fcb50e23f9": /it must be an address/,
};

for (const [line, reason] of Object.entries(UNREADABLE)) {
  pure(`with the line "${line}" is refused, with the number of the line`, () => {
    for (const kind of ["blocklist", "allowlist"] as const) {
      const error = assertThrows(() => parse(`# two\n\n${line}\n1.1.1.1`, kind), AddressListError);
      assert(error.message.startsWith("Cannot read list.txt, line 3: "), error.message);
      assert(reason.test(error.message), error.message);
    }
  });
}

pure("of those who are shut out may have one unreadable line in a hundred, which is told", () => {
  const good = Array.from({ length: 99 }, (_, at) => `net ${at}:10.0.${at}.1-10.0.${at}.9\n`);
  const { ranges, unreadable } = parse([...good, "what is this\n"].join(""));
  assertEquals([ranges.size, unreadable.count, unreadable.first[0]?.line], [99, 1, 100]);
  const { message } = assertThrows(
    () => parse([...good.slice(1), "what is this\n"].join("")),
    AddressListError,
  );
  assert(message.startsWith("Cannot read list.txt, line 99: "), message);
});

pure("that cannot be read in many lines tells of the first three", () => {
  const good = "10.0.0.1\n".repeat(1_000);
  for (const count of [2, MAX_TOLD_LINES, MAX_TOLD_LINES + 1, 10]) {
    const { unreadable } = parse("what is this\n".repeat(count) + good);
    assertEquals(unreadable.count, count);
    assertEquals(unreadable.first.map(({ line }) => line), [1, 2, 3].slice(0, count));
  }
});

pure(
  "of those who alone are let in may have no unreadable line, and no line of the DAT format",
  () => {
    const good = "10.0.0.1\n".repeat(1_000);
    assertEquals(parse(good, "allowlist").ranges.size, 1);
    assertThrows(
      () => parse(`${good}oops`, "allowlist"),
      AddressListError,
      "line 1001: it must be",
    );
    assertThrows(
      () => parse(`${good}10.0.0.1 - 10.0.0.9 , 200 , friends`, "allowlist"),
      AddressListError,
      "line 1001: a line of a DAT list belongs in a blocklist",
    );
  },
);

pure("of very many ranges is read in a time in which nobody loses patience", () => {
  const lines = Array.from({ length: 200_000 }, (_, at) => {
    const net = `${at >>> 16}.${(at >>> 8) & 255}.${at & 255}`;
    return `Org ${at}:${net}.1-${net}.99`;
  });
  const bytes = new TextEncoder().encode(lines.join("\n"));
  const startMs = performance.now();
  const { ranges } = parseAddressList(bytes, { name: "list.txt", kind: "blocklist" });
  const ms = performance.now() - startMs;
  assertEquals(ranges.size, 200_000);
  // A tenth of a second where nothing else runs; the bound is for what would take minutes.
  assert(ms < 5_000, `${ms} ms`);
});

pure(
  "as a filter goes by both lists, of which the one that shuts out wins, and can be exchanged",
  () => {
    const block = parse("10.0.0.5\n127.0.0.0/8").ranges;
    const allow = parse("10.0.0.0/24").ranges;
    const filter = new ListFilter({ block, allow });
    const admitted = (): boolean[] =>
      ["10.0.0.4", "10.0.0.5", "10.0.1.1", "127.0.0.1", "::1", "peer.example", "fe80::1%eth0"]
        .map((host) => filter.admits(host));
    assertEquals(admitted(), [true, false, false, false, false, false, false]);
    const { generation } = filter;
    filter.replace({ block });
    assertEquals(admitted(), [true, false, true, false, true, true, true]);
    assert(filter.generation !== generation);
    filter.replace({});
    assertEquals(admitted(), Array(7).fill(true));
  },
);
