import { assertEquals } from "@std/assert";
import { ActivePiece, BlockBlame, UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";

interface SentUnit {
  readonly sender: number;
  readonly fill?: number;
}

/** A piece of full units, each sent by somebody and filled with one number, 0 where none is said. */
function pieceOf(index: number, units: readonly SentUnit[]): ActivePiece {
  const piece = new ActivePiece(index, new Uint8Array(units.length * UNIT_LENGTH));
  units.forEach(({ sender, fill = 0 }, unit) => {
    piece.receive(unit * UNIT_LENGTH, new Uint8Array(UNIT_LENGTH).fill(fill), sender);
  });
  return piece;
}

Deno.test({
  name: "BlockBlame convicts the only sender of a bad piece at once",
  permissions: "none",
  fn() {
    const blame = new BlockBlame();
    assertEquals(blame.failed(pieceOf(0, [{ sender: 4, fill: 9 }, { sender: 4 }])), [4]);
    assertEquals(blame.passed(pieceOf(0, [{ sender: 5 }, { sender: 5 }])), []);
  },
});

Deno.test({
  name: "BlockBlame convicts, of several senders, exactly those whose blocks were wrong",
  permissions: "none",
  fn() {
    const blame = new BlockBlame();
    const bad = [{ sender: 1 }, { sender: 2, fill: 7 }, { sender: 3 }, { sender: 4, fill: 7 }];
    assertEquals(blame.failed(pieceOf(6, bad)), []);
    assertEquals(blame.passed(pieceOf(5, [{ sender: 9, fill: 3 }])), []);
    const good = [{ sender: 2 }, { sender: 1 }, { sender: 9 }, { sender: 9 }];
    assertEquals(blame.passed(pieceOf(6, good)).toSorted(), [2, 4]);
    assertEquals(blame.passed(pieceOf(6, good)), [], "a sentence is passed once");
  },
});

Deno.test({
  name: "BlockBlame finds one wrong byte at either end of a block, and in a short last block",
  permissions: "none",
  fn() {
    for (const place of [0, UNIT_LENGTH - 1, UNIT_LENGTH, UNIT_LENGTH + 4]) {
      const blame = new BlockBlame();
      const bad = new ActivePiece(0, new Uint8Array(UNIT_LENGTH + 5));
      const data = new Uint8Array(UNIT_LENGTH + 5);
      data[place] = 1;
      bad.receive(0, data.subarray(0, UNIT_LENGTH), 1);
      bad.receive(UNIT_LENGTH, data.subarray(UNIT_LENGTH), 2);
      assertEquals(blame.failed(bad), []);
      const good = new ActivePiece(0, new Uint8Array(UNIT_LENGTH + 5));
      good.receive(0, new Uint8Array(UNIT_LENGTH + 5), 3);
      assertEquals(blame.passed(good), [place < UNIT_LENGTH ? 1 : 2], `byte ${place}`);
    }
  },
});

Deno.test({
  name: "BlockBlame spares an honest peer that had a part in many bad pieces",
  permissions: "none",
  fn() {
    const blame = new BlockBlame();
    for (let index = 0; index < 20; index++) {
      const shared = [{ sender: 100 + index, fill: 1 }, { sender: 1 }];
      assertEquals(blame.failed(pieceOf(index, shared)), []);
    }
    for (let index = 16; index < 20; index++) {
      assertEquals(blame.passed(pieceOf(index, [{ sender: 1 }, { sender: 1 }])), [100 + index]);
    }
  },
});

Deno.test({
  name: "BlockBlame keeps a bounded number of bad copies, the latest ones",
  permissions: "none",
  fn() {
    const blame = new BlockBlame();
    for (let index = 0; index < 100; index++) {
      const shared = [{ sender: 1_000 + index, fill: 1 }, { sender: 2_000 + index }];
      assertEquals(blame.failed(pieceOf(index, shared)), []);
    }
    const convicted = Array.from({ length: 100 }, (_, index) => index)
      .flatMap((index) => blame.passed(pieceOf(index, [{ sender: 1 }, { sender: 1 }])));
    assertEquals(convicted, [1_096, 1_097, 1_098, 1_099]);
  },
});

Deno.test({
  name: "BlockBlame compares with the latest bad copy of a piece that failed twice",
  permissions: "none",
  fn() {
    const blame = new BlockBlame();
    assertEquals(blame.failed(pieceOf(0, [{ sender: 1, fill: 1 }, { sender: 2 }])), []);
    assertEquals(blame.failed(pieceOf(0, [{ sender: 3 }, { sender: 4, fill: 1 }])), []);
    assertEquals(blame.passed(pieceOf(0, [{ sender: 5 }, { sender: 5 }])), [4]);
  },
});
