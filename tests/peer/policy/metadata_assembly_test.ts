import { assertEquals, assertThrows } from "@std/assert";
import { MAX_METADATA_LENGTH, METADATA_TIMEOUT_MS } from "../../../lib/peer/limits.ts";
import { MetadataAssembly } from "../../../lib/peer/policy/mod.ts";
import { PeerProtocolError } from "../../../lib/peer/wire/mod.ts";
import { randomBelow, randomBytes, seededRandom } from "../../bytes/seeded_random.ts";

const BLOCK = 16 * 1024;

function data(piece: number, block: Uint8Array, totalSize: number) {
  return { type: "data", piece, totalSize, block } as const;
}

Deno.test({
  name:
    "MetadataAssembly puts blocks together in whatever order they come, eight asked for at once",
  permissions: "none",
  fn() {
    const random = seededRandom(9);
    for (const size of [1, BLOCK - 1, BLOCK, BLOCK + 1, 11 * BLOCK, 30 * BLOCK + 7]) {
      const whole = randomBytes(random, size);
      const assembly = new MetadataAssembly(size, 0);
      const owed: number[] = [];
      const asked: number[] = [];
      while (!assembly.isComplete) {
        const next = assembly.next();
        asked.push(...next);
        owed.push(...next);
        assertEquals(
          owed.length,
          Math.min(8, Math.ceil(size / BLOCK) - asked.length + owed.length),
        );
        const [piece = -1] = owed.splice(randomBelow(random, owed.length), 1);
        assembly.receive(data(piece, whole.subarray(piece * BLOCK, (piece + 1) * BLOCK), size), 0);
      }
      assertEquals(assembly.bytes, whole);
      assertEquals(asked, Array.from({ length: Math.ceil(size / BLOCK) }, (_, piece) => piece));
      assertEquals(assembly.next(), []);
    }
  },
});

Deno.test({
  name: "MetadataAssembly refuses what was not asked for, and what does not fit (BEP 9)",
  permissions: "none",
  fn() {
    const size = 2 * BLOCK + 5;
    const refusals = [
      [data(2, new Uint8Array(5), size), "Cannot take block 2 of metadata: it was not asked for"],
      [data(7, new Uint8Array(BLOCK), size), "block 7 of metadata: it was not asked for"],
      [data(0, new Uint8Array(BLOCK - 1), size), "it has 16383 bytes, not 16384"],
      [data(0, new Uint8Array(BLOCK + 1), size), "it has 16385 bytes, not 16384"],
      [data(0, new Uint8Array(BLOCK), size + 1), `the whole has ${size + 1} bytes now`],
    ] as const;
    for (const [message, reason] of refusals) {
      const assembly = new MetadataAssembly(size, 0);
      if (message.piece !== 2) assembly.next();
      assertThrows(() => assembly.receive(message, 0), PeerProtocolError, reason);
    }
    const twice = new MetadataAssembly(size, 0);
    twice.next();
    twice.receive(data(0, new Uint8Array(BLOCK), size), 0);
    assertThrows(() => twice.receive(data(0, new Uint8Array(BLOCK), size), 0), PeerProtocolError);
    assertThrows(
      () => new MetadataAssembly(MAX_METADATA_LENGTH + 1, 0),
      PeerProtocolError,
      "at most",
    );
    assertEquals(new MetadataAssembly(MAX_METADATA_LENGTH, 0).isComplete, false);
  },
});

Deno.test({
  name:
    "MetadataAssembly is stalled when nothing has come for ten seconds, and never when it is whole",
  permissions: "none",
  fn() {
    const assembly = new MetadataAssembly(BLOCK + 1, 1_000);
    assembly.next();
    assertEquals(assembly.isStalled(999 + METADATA_TIMEOUT_MS), false);
    assertEquals(assembly.isStalled(1_000 + METADATA_TIMEOUT_MS), true);
    assembly.receive(data(0, new Uint8Array(BLOCK), BLOCK + 1), 9_000);
    assertEquals(assembly.isStalled(1_000 + METADATA_TIMEOUT_MS), false);
    assembly.receive(data(1, new Uint8Array(1), BLOCK + 1), 9_000);
    assertEquals(assembly.isStalled(Infinity), false);
  },
});
