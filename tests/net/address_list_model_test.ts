import { assert, assertEquals } from "@std/assert";
import {
  AddressListError,
  formatIp,
  ipBytes,
  ListFilter,
  parseAddressList,
} from "../../lib/net/mod.ts";
import { randomBelow, seededRandom } from "../bytes/seeded_random.ts";

/** An address as one number, with its family, as somebody would do it who has time. */
interface NaiveAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

interface NaiveRange {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly last: bigint;
}

function format({ bits, value }: NaiveAddress): string {
  const bytes = new Uint8Array(bits / 8);
  for (let at = bytes.length - 1, rest = value; at >= 0; at--, rest >>= 8n) {
    bytes[at] = Number(rest & 0xffn);
  }
  return formatIp(bytes);
}

function parse(host: string): NaiveAddress {
  const bytes = ipBytes(host);
  assert(bytes !== undefined, host);
  const value = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return { bits: bytes.length === 4 ? 32 : 128, value };
}

/** A list of lines in all forms, and the ranges that they mean. */
function randomList(random: () => number): { lines: string[]; ranges: NaiveRange[] } {
  const lines: string[] = [];
  const ranges: NaiveRange[] = [];
  for (let left = 1 + randomBelow(random, 30); left > 0; left--) {
    const bits = random() < 0.6 ? 32 : 128;
    // Addresses that lie so near to each other that ranges overlap and touch.
    const base = bits === 32 ? 0x0a00_0000n : 0x2001_0db8n << 96n;
    const first = base + BigInt(randomBelow(random, 600));
    const last = first + BigInt(randomBelow(random, randomBelow(random, 60) + 1));
    const [from, to] = [first, last].map((value) => format({ bits, value }));
    const padded = (host = ""): string => host.split(".").map((n) => n.padStart(3, "0")).join(".");
    const form = randomBelow(random, bits === 32 ? 6 : 3);
    if (form === 0) {
      lines.push(from!);
      ranges.push({ bits, first, last: first });
    } else if (form === 1) {
      const host = randomBelow(random, 9);
      const size = 1n << BigInt(host);
      lines.push(`${from}/${bits - host} # ${left}`);
      ranges.push({ bits, first: first / size * size, last: first / size * size + size - 1n });
    } else if (form === 5) {
      // What a DAT list lets in is in no range.
      lines.push(`${padded(from)} - ${padded(to)} , ${128 + randomBelow(random, 100)} , friends`);
    } else {
      lines.push(
        form === 2
          ? `${from} - ${to}`
          : form === 3
          ? `Some Org: ${left}, West:${from}-${to}`
          : `${padded(from)} - ${padded(to)} , 0${left} , Some Org`,
      );
      ranges.push({ bits, first, last });
    }
    if (random() < 0.2) lines.push("", "# a comment");
  }
  return { lines, ranges };
}

Deno.test({
  name: "A list of addresses shuts out whom its lines name and nobody else, in any form and order",
  permissions: "none",
  fn() {
    const random = seededRandom(2_026);
    for (let round = 0; round < 150; round++) {
      const { lines, ranges } = randomList(random);
      const text = lines.join(random() < 0.5 ? "\n" : "\r\n");
      const list = parseAddressList(new TextEncoder().encode(text), {
        name: "list",
        kind: "blocklist",
      });
      assertEquals(list.unreadable.count, 0, text);
      const filter = new ListFilter({ block: list.ranges });
      const near = ranges.flatMap(({ bits, first, last }) =>
        [first - 1n, first, (first + last) / 2n, last, last + 1n].map((value) => ({ bits, value }))
      );
      for (const address of near) {
        const host = format(address);
        assertEquals(parse(host), address);
        const isIn = ranges.some(({ bits, first, last }) =>
          bits === address.bits && first <= address.value && address.value <= last
        );
        assertEquals(filter.admits(host), !isIn, `${host} in:\n${text}`);
        if (address.bits === 32) assertEquals(filter.admits(`::ffff:${host}`), !isIn, host);
      }
    }
  },
});

Deno.test({
  name: "A damaged list is read or refused with a line number, whatever has become of it",
  permissions: "none",
  fn() {
    const random = seededRandom(7);
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const bytes = new TextEncoder().encode(randomList(random).lines.join("\n"));
      for (let left = 1 + randomBelow(random, 8); left > 0; left--) {
        bytes[randomBelow(random, bytes.length)] = randomBelow(random, 256);
      }
      const cut = bytes.subarray(0, randomBelow(random, bytes.length + 1));
      for (const kind of ["blocklist", "allowlist"] as const) {
        try {
          parseAddressList(cut, { name: "list", kind });
        } catch (error) {
          refused++;
          assert(error instanceof AddressListError, String(error));
          assert(/^Cannot read list, line \d+: [a-z]/.test(error.message), error.message);
        }
      }
    }
    assert(refused > 100, `${refused} refused`);
  },
});
