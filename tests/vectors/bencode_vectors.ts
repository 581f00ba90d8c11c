import type { BencodeValue } from "../../lib/bencode/mod.ts";

/** The bytes of a text whose characters stand for one byte each. */
export function bytesOfChars(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function dictionary(entries: Record<string, BencodeValue>): BencodeValue {
  return new Map(Object.entries(entries));
}

const ID = bytesOfChars("abcdefghij0123456789");
const OTHER_ID = bytesOfChars("mnopqrstuvwxyz123456");

/** Canonical bencode and what it means: the examples of BEP 3, 5 and 10, and edges of the format. */
export const CANONICAL: readonly (readonly [encoded: string, value: BencodeValue])[] = [
  // BEP 3
  ["4:spam", bytesOfChars("spam")],
  ["i3e", 3],
  ["i-3e", -3],
  ["i0e", 0],
  ["l4:spam4:eggse", [bytesOfChars("spam"), bytesOfChars("eggs")]],
  [
    "d3:cow3:moo4:spam4:eggse",
    dictionary({ cow: bytesOfChars("moo"), spam: bytesOfChars("eggs") }),
  ],
  ["d4:spaml1:a1:bee", dictionary({ spam: [bytesOfChars("a"), bytesOfChars("b")] })],
  // BEP 5
  [
    "d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee",
    dictionary({
      e: [201, bytesOfChars("A Generic Error Ocurred")],
      t: bytesOfChars("aa"),
      y: bytesOfChars("e"),
    }),
  ],
  [
    "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe",
    dictionary({
      a: dictionary({ id: ID, target: OTHER_ID }),
      q: bytesOfChars("find_node"),
      t: bytesOfChars("aa"),
      y: bytesOfChars("q"),
    }),
  ],
  // BEP 10
  [
    "d1:md11:LT_metadatai1e6:\xb5T_PEXi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e",
    dictionary({
      m: dictionary({ LT_metadata: 1, "\xb5T_PEX": 2 }),
      p: 6881,
      v: bytesOfChars("\xc2\xb5Torrent 1.2"),
    }),
  ],
  // Edges
  ["0:", bytesOfChars("")],
  ["le", []],
  ["de", dictionary({})],
  ["d0:0:e", dictionary({ "": bytesOfChars("") })],
  ["llelee", [[], []]],
  ["12:i1e4:spamlde", bytesOfChars("i1e4:spamlde")],
  ["4:\x00\x80\x9f\xff", Uint8Array.of(0, 0x80, 0x9f, 0xff)],
  ["d1:\x80i1e1:\x9fi2e1:\xffi3ee", dictionary({ "\x80": 1, "\x9f": 2, "\xff": 3 })],
  ["d1:ai1e2:aai2e1:bi3ee", dictionary({ a: 1, aa: 2, b: 3 })],
  ["i9007199254740991e", Number.MAX_SAFE_INTEGER],
  ["i-9007199254740991e", Number.MIN_SAFE_INTEGER],
  ["i9007199254740981e", 9007199254740981],
  ["i-9007199254740979e", -9007199254740979],
  ["i9007199254740992e", 2n ** 53n],
  ["i9007199254740993e", 2n ** 53n + 1n],
  ["i-9007199254740992e", -(2n ** 53n)],
  ["i-9223372036854775808e", -(2n ** 63n)],
  ["i18446744073709551615e", 2n ** 64n - 1n],
  ["i100000000000000000000e", 10n ** 20n],
];

/** What is not canonical bencode, where that shows, and a part of the reason that is given. */
export const MALFORMED: readonly (readonly [encoded: string, offset: number, reason: string])[] = [
  ["", 0, "ends"],
  ["x", 0, "no value begins"],
  ["e", 0, "no value begins"],
  [" i1e", 0, "no value begins"],
  ["-1:a", 0, "no value begins"],
  ["i1ei2e", 3, "goes on"],
  ["4:spam\n", 6, "goes on"],
  ["ie", 1, "needs a digit"],
  ["i-e", 2, "needs a digit"],
  ["i+1e", 1, "needs a digit"],
  ["i--1e", 2, "needs a digit"],
  ["i 1e", 1, "needs a digit"],
  ["i1.5e", 2, "needs a digit"],
  ["i1e1e", 3, "goes on"],
  ["i5", 2, "ends"],
  ["i-0e", 1, "minus zero"],
  ["i00e", 1, "leading zero"],
  ["i03e", 1, "leading zero"],
  ["i-03e", 1, "leading zero"],
  ["03:abc", 0, "leading zero"],
  ["00:", 0, "leading zero"],
  ["5:spam", 0, "longer than the input"],
  ["99999999999999999999:a", 0, "longer than the input"],
  ["4;spam", 1, "digit or a colon"],
  ["4-:spam", 1, "digit or a colon"],
  ["4", 0, "longer than the input"],
  ["1", 1, "ends"],
  ["l", 1, "ends"],
  ["li1e", 4, "ends"],
  ["d", 1, "ends"],
  ["d1:a", 4, "ends"],
  ["d1:ae", 4, "no value begins"],
  ["di1ei2ee", 1, "not a byte string"],
  ["dle1:ae", 1, "not a byte string"],
  ["d1:ai1e1:ai2ee", 7, "twice"],
  ["d1:bi1e1:ai2ee", 7, "not sorted"],
  ["d2:aai1e1:ai2ee", 8, "not sorted"],
  ["ld1:bi1e1:ai2eee", 8, "not sorted"],
  ["d01:ai1ee", 1, "leading zero"],
];
