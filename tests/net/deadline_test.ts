import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { DeadlineError, FakeClock, sleep, withDeadline } from "../../lib/net/mod.ts";

function never(): Promise<never> {
  return new Promise(() => {});
}

/** A signal that counts who listens to it. */
function countedSignal(): { controller: AbortController; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  const listening = new Set<unknown>();
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (type: string, listener: EventListener, options?: unknown) => {
    listening.add(listener);
    add.call(signal, type, listener, options as AddEventListenerOptions);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listening.delete(listener);
    remove.call(signal, type, listener);
  };
  return { controller, listeners: () => listening.size };
}

Deno.test({
  name: "withDeadline() gives the result of work that is done in time, and leaves nothing behind",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const { controller, listeners } = countedSignal();
    const signals: AbortSignal[] = [];
    const result = withDeadline(
      async (signal) => {
        signals.push(signal);
        await sleep(clock, 99);
        return "done";
      },
      { clock, ms: 100, signal: controller.signal, message: "Too late" },
    );
    assertEquals(listeners(), 1);
    await clock.advance(99);
    assertEquals(await result, "done");
    assertEquals(clock.pending, 0);
    assertEquals(listeners(), 0);
    await clock.advance(1000);
    controller.abort();
    assertEquals(signals.map((signal) => signal.aborted), [false]);
  },
});

Deno.test({
  name:
    "withDeadline() fails when the time is over and aborts the work, whether it heeds that or not",
  permissions: "none",
  async fn() {
    for (const heeds of ["heeds", "ignores"]) {
      const clock = new FakeClock();
      const reasons: unknown[] = [];
      const result = withDeadline(
        (signal) => {
          const { promise, reject } = Promise.withResolvers<never>();
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason);
            if (heeds === "heeds") reject(new Error("work gave up"));
          });
          return promise;
        },
        { clock, ms: 100, message: "Cannot reach the tracker: no answer in 0.1 s" },
      );
      const rejected = assertRejects(() => result, DeadlineError, "no answer in 0.1 s");
      await clock.advance(99);
      assertEquals(reasons, []);
      await clock.advance(1);
      const error = await rejected;
      assertEquals(error.name, "DeadlineError");
      assertStrictEquals(reasons[0], error);
      assertEquals(clock.pending, 0);
    }
  },
});

Deno.test({
  name: "withDeadline() passes on the failure of the work and leaves no timer",
  permissions: "none",
  async fn() {
    const refused = new Error("refused");
    const works: (() => Promise<never>)[] = [() => Promise.reject(refused), () => {
      throw refused;
    }];
    for (const work of works) {
      const clock = new FakeClock();
      const { controller, listeners } = countedSignal();
      const options = { clock, ms: 100, signal: controller.signal, message: "Too late" };
      assertStrictEquals(await assertRejects(() => withDeadline(work, options)), refused);
      assertEquals(clock.pending, 0);
      assertEquals(listeners(), 0);
    }
  },
});

Deno.test({
  name: "withDeadline() fails with the reason of its signal and aborts the work with it",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const { controller, listeners } = countedSignal();
    const reason = new Error("interrupted");
    const signals: AbortSignal[] = [];
    const result = withDeadline(
      (signal) => {
        signals.push(signal);
        return never();
      },
      { clock, ms: 100, signal: controller.signal, message: "Too late" },
    );
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => result), reason);
    assertStrictEquals(signals[0]?.reason, reason);
    assertEquals(clock.pending, 0);
    assertEquals(listeners(), 0);
  },
});

Deno.test({
  name: "withDeadline() does not begin work whose signal is aborted already",
  permissions: "none",
  async fn() {
    const clock = new FakeClock();
    const reason = new Error("interrupted");
    let begun = false;
    const work = (): Promise<void> => {
      begun = true;
      return Promise.resolve();
    };
    const options = { clock, ms: 100, signal: AbortSignal.abort(reason), message: "Too late" };
    assertStrictEquals(await assertRejects(() => withDeadline(work, options)), reason);
    assert(!begun);
    assertEquals(clock.pending, 0);
  },
});
