import { assertEquals } from "@std/assert";
import { LineBudget } from "../../../lib/cli/shell/line_budget.ts";
import { FakeClock } from "../../../lib/net/mod.ts";

type Kind = "chunks" | "clients";

/** A budget, and what it tells. */
class Account implements Disposable {
  readonly clock = new FakeClock();
  readonly told: [kind: Kind, lines: number][] = [];
  readonly budget = new LineBudget<Kind>(this.clock, (...unsaid) => void this.told.push(unsaid));

  /** Tries to say so many lines; gives how many of them may be said. */
  take(kind: Kind, lines: number): number {
    return Array.from({ length: lines }, () => this.budget.take(kind)).filter(Boolean).length;
  }

  [Symbol.dispose](): void {
    this.budget[Symbol.dispose]();
  }
}

Deno.test({
  name: "LineBudget lets the first 40 lines of a second be said, of each kind apart",
  permissions: "none",
  async fn() {
    using account = new Account();
    assertEquals(account.take("chunks", 40), 40);
    assertEquals(account.take("chunks", 3), 0);
    assertEquals(account.take("clients", 41), 40);
    await account.clock.advance(999);
    assertEquals(account.take("chunks", 1), 0);
    assertEquals(account.told, []);
  },
});

Deno.test({
  name: "LineBudget tells at the end of the second how many lines of a kind were too many",
  permissions: "none",
  async fn() {
    using account = new Account();
    account.take("clients", 1);
    await account.clock.advance(500);
    account.take("chunks", 140);
    account.take("clients", 46);
    await account.clock.advance(500);
    assertEquals(account.told.sort(), [["chunks", 100], ["clients", 7]]);
  },
});

Deno.test({
  name: "LineBudget tells nothing where nothing was left unsaid, and sets no timer for nothing",
  permissions: "none",
  async fn() {
    using account = new Account();
    assertEquals(account.clock.pending, 0);
    account.take("chunks", 40);
    account.take("clients", 40);
    assertEquals(account.clock.pending, 1);
    await account.clock.advance(1_000);
    assertEquals([account.told, account.clock.pending], [[], 0]);
  },
});

Deno.test({
  name: "LineBudget begins anew with each second, which begins with a line",
  permissions: "none",
  async fn() {
    using account = new Account();
    account.take("chunks", 50);
    await account.clock.advance(1_700);
    assertEquals(account.told.splice(0), [["chunks", 10]]);
    assertEquals(account.take("chunks", 41), 40);
    await account.clock.advance(999);
    assertEquals(account.told, []);
    await account.clock.advance(1);
    assertEquals(account.told.splice(0), [["chunks", 1]]);
    await account.clock.advance(10_000);
    assertEquals(account.told, [], "what was told is not told again");
  },
});

Deno.test({
  name: "LineBudget tells nothing more and leaves no timer once it is disposed of",
  permissions: "none",
  async fn() {
    const account = new Account();
    account.take("chunks", 50);
    account[Symbol.dispose]();
    assertEquals(account.clock.pending, 0);
    await account.clock.advance(2_000);
    assertEquals(account.told, []);
    new Account()[Symbol.dispose]();
  },
});
