import { assertEquals, assertRejects } from "@std/assert";
import { OperationGate } from "../../lib/storage/operation_gate.ts";

function gateWithLog() {
  const log: string[] = [];
  const gate = new OperationGate(() => new RangeError("closed"));
  /** An operation that ends when it is told to. */
  function operation(name: string) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const run = async () => {
      log.push(`${name} begins`);
      await promise;
      log.push(`${name} ends`);
    };
    return { run, end: resolve, fail: reject };
  }
  return { gate, log, operation };
}

Deno.test({
  name: "OperationGate runs operations side by side and an exclusive one alone",
  permissions: "none",
  async fn() {
    const { gate, log, operation } = gateWithLog();
    const [a, b, alone, c] = ["a", "b", "alone", "c"].map(operation);
    const all = [
      gate.run(a!.run),
      gate.run(b!.run),
      gate.exclusive(alone!.run),
      gate.run(c!.run),
    ];
    b!.end();
    await all[1];
    assertEquals(log, ["a begins", "b begins", "b ends"]);
    a!.end();
    await all[0];
    c!.end();
    alone!.end();
    await Promise.all(all);
    assertEquals(log.slice(3), ["a ends", "alone begins", "alone ends", "c begins", "c ends"]);
  },
});

Deno.test({
  name: "OperationGate goes on after operations that fail",
  permissions: "none",
  async fn() {
    const { gate } = gateWithLog();
    const failing = () => Promise.reject(new SyntaxError("no"));
    await assertRejects(() => gate.run(failing), SyntaxError);
    await assertRejects(() => gate.exclusive(failing), SyntaxError);
    assertEquals(await gate.run(() => Promise.resolve(1)), 1);
    assertEquals(await gate.exclusive(() => Promise.resolve(2)), 2);
  },
});

Deno.test({
  name: "OperationGate closes once, after what runs, and lets nothing begin then",
  permissions: "none",
  async fn() {
    const { gate, log, operation } = gateWithLog();
    const [a, last] = ["a", "last"].map(operation);
    const running = gate.run(a!.run);
    const closes = [gate.close(last!.run), gate.close(() => Promise.reject(new Error("twice")))];
    const late = assertRejects(() => gate.run(() => Promise.resolve()), RangeError, "closed");
    a!.end();
    last!.end();
    await Promise.all([running, ...closes, late]);
    assertEquals(log, ["a begins", "a ends", "last begins", "last ends"]);
    await assertRejects(() => gate.exclusive(() => Promise.resolve()), RangeError, "closed");
  },
});

Deno.test({
  name: "OperationGate queues several exclusive operations",
  permissions: "none",
  async fn() {
    const { gate, log, operation } = gateWithLog();
    const [a, b] = ["a", "b"].map(operation);
    const both = [gate.exclusive(a!.run), gate.exclusive(b!.run)];
    b!.end();
    a!.end();
    await Promise.all(both);
    assertEquals(log, ["a begins", "a ends", "b begins", "b ends"]);
  },
});
