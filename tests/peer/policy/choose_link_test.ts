import { assertEquals } from "@std/assert";
import { peerIdFromHex } from "../../../lib/bytes/mod.ts";
import { chooseLink, type Direction } from "../../../lib/peer/policy/mod.ts";

const LOW_ID = peerIdFromHex("0".repeat(40));
const HIGH_ID = peerIdFromHex("f".repeat(40));

/** Two peers, and who of them dialled the first and the second of two connections between them. */
type Dialler = "low" | "high";

/** Which connection, by who dialled it, the peer chooses; it has seen `order` in this order. */
function choiceOf(
  peer: Dialler,
  order: readonly [Dialler, Dialler],
  silentMs = 0,
): "first" | "second" {
  const [first, second] = order.map((dialler): Direction =>
    dialler === peer ? "outgoing" : "incoming"
  ) as [Direction, Direction];
  const choice = chooseLink({
    ours: peer === "low" ? LOW_ID : HIGH_ID,
    theirs: peer === "low" ? HIGH_ID : LOW_ID,
    old: { direction: first, silentMs },
    direction: second,
  });
  return choice === "old" ? "first" : "second";
}

Deno.test({
  name: "Of two connections that cross, both sides keep the one of the lower id, in any order",
  permissions: "none",
  fn() {
    for (const silentMs of [0, 4_999, 5_000, 100_000]) {
      for (const peer of ["low", "high"] as const) {
        assertEquals(choiceOf(peer, ["low", "high"], silentMs), "first", `${peer}, ${silentMs}`);
        assertEquals(choiceOf(peer, ["high", "low"], silentMs), "second", `${peer}, ${silentMs}`);
      }
    }
  },
});

Deno.test({
  name: "Of two connections that one side dialled, both keep the first while it is alive",
  permissions: "none",
  fn() {
    for (const peer of ["low", "high"] as const) {
      for (const dialler of ["low", "high"] as const) {
        assertEquals(choiceOf(peer, [dialler, dialler], 4_999), "first", `${peer}, ${dialler}`);
      }
    }
  },
});

Deno.test({
  name: "A connection silent for 5 s gives way when its peer dials again, not when we do",
  permissions: "none",
  fn() {
    assertEquals(choiceOf("low", ["high", "high"], 5_000), "second");
    assertEquals(choiceOf("high", ["low", "low"], 5_000), "second");
    assertEquals(choiceOf("low", ["low", "low"], 5_000), "first");
    assertEquals(choiceOf("high", ["high", "high"], 5_000), "first");
  },
});
