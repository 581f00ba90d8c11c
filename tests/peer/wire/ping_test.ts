import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodePing, encodePing, PeerProtocolError } from "../../../lib/peer/wire/mod.ts";

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

Deno.test({
  name: "encodePing writes a dictionary of the question's or the answer's number",
  permissions: "none",
  fn() {
    assertEquals(textOf(encodePing({ kind: "ping", nonce: 7 })), "d4:pingi7ee");
    assertEquals(textOf(encodePing({ kind: "pong", nonce: 0 })), "d4:pongi0ee");
  },
});

Deno.test({
  name: "decodePing reads what encodePing writes, up to 32 bits",
  permissions: "none",
  fn() {
    for (const kind of ["ping", "pong"] as const) {
      for (const nonce of [0, 1, 255, 65_536, 2 ** 31, 2 ** 32 - 1]) {
        assertEquals(decodePing(encodePing({ kind, nonce })), { kind, nonce });
      }
    }
  },
});

Deno.test({
  name: "decodePing refuses everything else with PeerProtocolError",
  permissions: "none",
  fn() {
    const wrong = ["", "de", "i7e", "le", "4:ping", "d4:pinge", "d4:ping1:7e", "d4:pingi-1ee"];
    wrong.push("d4:pingi4294967296ee", "d4:pingi07ee", "d4:pangi7ee", "d4:pingi7eex", "d4:pingi7e");
    wrong.push("d4:pingli7eee", "d4:pingi99999999999999999999ee");
    for (const text of wrong) {
      const bytes = new TextEncoder().encode(text);
      assertThrows(() => decodePing(bytes), PeerProtocolError, "Cannot read ping");
    }
  },
});

Deno.test({
  name: "decodePing refuses a ping that is cut off anywhere",
  permissions: "none",
  fn() {
    const bytes = encodePing({ kind: "ping", nonce: 123_456 });
    assert(bytes.length > 10);
    for (let length = 0; length < bytes.length; length++) {
      assertThrows(() => decodePing(bytes.subarray(0, length)), PeerProtocolError);
    }
  },
});
