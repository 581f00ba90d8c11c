import { assert, assertEquals } from "@std/assert";
import { MAX_DISOWNED } from "../../../lib/peer/limits.ts";
import { RequestWindow, UNIT_LENGTH } from "../../../lib/peer/policy/mod.ts";
import type { BlockRequest } from "../../../lib/peer/wire/mod.ts";
import { randomBelow, seededRandom } from "../../bytes/seeded_random.ts";

const U = UNIT_LENGTH;

function blockOf(index: number, unit = 0, length = U): BlockRequest {
  return { index, begin: unit * U, length };
}

function nameOf({ index, begin, length }: BlockRequest): string {
  return `${index} ${begin} ${length}`;
}

/** A window, and what its peer owes an answer to, as somebody counts who sees only the wire. */
class WatchedWindow {
  readonly window = new RequestWindow();
  readonly owed: BlockRequest[] = [];

  ask(request: BlockRequest): void {
    if (this.window.covers(request.index, request.begin)) return;
    this.window.add(request, 0);
    this.owed.push(request);
  }

  /** Lets the peer send a block; tells whether it is one that it was asked for. */
  sendBlock(request: BlockRequest): boolean {
    this.#answered(request);
    return this.window.receive(request, 0) !== undefined || this.window.settle(request);
  }

  sendReject(request: BlockRequest): void {
    this.#answered(request);
    this.window.reject(request);
  }

  #answered(request: BlockRequest): void {
    const at = this.owed.findIndex((other) => nameOf(other) === nameOf(request));
    if (at >= 0) this.owed.splice(at, 1);
  }
}

Deno.test({
  name:
    "RequestWindow knows each answer to what it gave up, once, and nothing that was never asked",
  permissions: "none",
  fn() {
    for (let seed = 0; seed < 20; seed++) {
      const random = seededRandom(seed);
      const watched = new WatchedWindow();
      const { window, owed } = watched;
      for (let step = 0; step < 2_000; step++) {
        const pick = (): BlockRequest | undefined => owed[randomBelow(random, owed.length)];
        const some = blockOf(
          randomBelow(random, 4),
          randomBelow(random, 4),
          random() < 0.5 ? U : 7,
        );
        const dice = random();
        if (dice < 0.4) watched.ask(some);
        else if (dice < 0.6) {
          const request = pick();
          if (request !== undefined) assert(watched.sendBlock(request), nameOf(request));
        } else if (dice < 0.75) {
          const request = pick();
          if (request !== undefined) watched.sendReject(request);
        } else if (dice < 0.85) {
          const [pending] = window.pending;
          if (pending !== undefined) assert(window.remove(pending));
        } else if (dice < 0.9) window.clear();
        else if (dice < 0.95) window.giveUp();
        else if (owed.every((request) => nameOf(request) !== nameOf(some))) {
          assert(!watched.sendBlock(some), `${nameOf(some)} was never asked for`);
        }
        for (const request of window.pending) {
          assert(owed.some((other) => nameOf(other) === nameOf(request)));
        }
      }
      while (owed.length > 0) assert(watched.sendBlock(owed[0]!));
      assert(window.isIdle, "whatever is owed was answered");
      for (let index = 0; index < 4; index++) {
        for (let unit = 0; unit < 4; unit++) assert(!watched.sendBlock(blockOf(index, unit)));
      }
    }
  },
});

Deno.test({
  name: "RequestWindow takes one more answer for each time that a request was given up",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    for (let turn = 0; turn < 3; turn++) {
      window.add(blockOf(1), 0);
      window.clear();
    }
    assertEquals([0, 1, 2, 3].map(() => window.settle(blockOf(1))), [true, true, true, false]);
  },
});

Deno.test({
  name: "RequestWindow knows an answer by its exact place and length",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    window.add(blockOf(3, 2, 2 * U), 0);
    assert(window.remove(blockOf(3, 2, 2 * U)));
    for (
      const wrong of [blockOf(3, 2), blockOf(3, 2, 3 * U), blockOf(4, 2, 2 * U), blockOf(3, 3)]
    ) {
      assert(!window.settle(wrong), nameOf(wrong));
    }
    assert(window.settle(blockOf(3, 2, 2 * U)));
  },
});

Deno.test({
  name: "RequestWindow remembers a bounded number of requests that were given up, the latest ones",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    for (let index = 0; index < 10_000; index++) {
      window.add(blockOf(index), 0);
      window.remove(blockOf(index));
    }
    const known = Array.from({ length: 10_000 }, (_, index) => window.settle(blockOf(index)));
    const count = known.filter((isKnown) => isKnown).length;
    assertEquals(count, MAX_DISOWNED, "so many are remembered");
    assertEquals(known.indexOf(true), 10_000 - count, "they are the latest ones");
  },
});

Deno.test({
  name: "A rejected request is not under way any more, makes room, and may be asked for again",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    let asked = 0;
    while (window.room(0) > 0) window.add(blockOf(asked++), 0);
    assertEquals(window.reject(blockOf(2)), "under way");
    assertEquals([window.room(0), window.covers(2, 0)], [U, false]);
    assertEquals(window.receive(blockOf(2), 0), undefined, "what was rejected does not come");
    assertEquals(window.settle(blockOf(2)), false, "its one answer has come");
    window.add(blockOf(2), 0);
    assertEquals(window.receive(blockOf(2), 0), blockOf(2));
    assertEquals(window.reject(blockOf(2)), "never made");
    assertEquals(window.reject(blockOf(777)), "never made");
  },
});

Deno.test({
  name: "RequestWindow is futile after a thousand rejects without a block, not with one among them",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    const rejectAgain = (times: number): void => {
      for (; times > 0; times--) {
        window.add(blockOf(0), 0);
        assertEquals(window.reject(blockOf(0)), "under way");
      }
    };
    rejectAgain(999);
    assert(!window.isFutile);
    window.add(blockOf(1), 0);
    window.receive(blockOf(1), 0);
    rejectAgain(999);
    assert(!window.isFutile, "it has sent a block meanwhile");
    assertEquals(window.reject(blockOf(5)), "never made");
    assert(window.isFutile, "rejects of what was never asked count, too");
  },
});

Deno.test({
  name:
    "RequestWindow is futile after a thousand blocks that nobody asked for, not with one among them",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    const push = (times: number): void => {
      for (; times > 0; times--) assertEquals(window.dismiss(blockOf(5)), "unasked");
    };
    push(999);
    assert(!window.isFutile);
    window.add(blockOf(1), 0);
    window.receive(blockOf(1), 0);
    push(999);
    assert(!window.isFutile, "it has sent a block that was asked for meanwhile");
    window.add(blockOf(2), 0);
    window.remove(blockOf(2));
    assertEquals(window.dismiss(blockOf(2)), "answer");
    assert(!window.isFutile, "an answer that comes too late is not counted");
    push(1);
    assert(window.isFutile);
  },
});

Deno.test({
  name: "The rejects of what was given up for a choke do not make a peer futile",
  permissions: "none",
  fn() {
    const window = new RequestWindow();
    for (let turn = 0; turn < 2_000; turn++) {
      window.add(blockOf(0), 0);
      window.clear();
      assertEquals(window.reject(blockOf(0)), "given up");
    }
    assert(!window.isFutile && !window.settle(blockOf(0)));
  },
});
