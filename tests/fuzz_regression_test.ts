import { assert, assertEquals, assertRejects } from "@std/assert";
import { inputOf, tryInput } from "./fuzz/fuzz_input.ts";
import { LeftBehind } from "./fuzz/left_behind.ts";
import { BrokenPromise, type FuzzTarget, parserAttempt, promise } from "./fuzz/target.ts";
import { loadTarget, TARGETS } from "./fuzz/targets.ts";
import { readVectors } from "./fuzz/vectors.ts";

/** The seed of the inputs that are tried here; others are for the fuzzer itself. */
const SEED = 20_240_229;

Deno.test("Every input that broke a promise once keeps it now", async () => {
  for (const { name, target, ...input } of await readVectors()) {
    try {
      await tryInput(await loadTarget(target), input);
    } catch (cause) {
      throw new Error(`${name} breaks it again: ${cause}`, { cause });
    }
  }
});

for (const name of Object.keys(TARGETS)) {
  Deno.test(`Hostile inputs of ${name} end in a value that keeps its promises, or in its own error`, async () => {
    const target = await loadTarget(name);
    const outcomes = { accepted: 0, refused: 0 };
    for (let number = 0; number < target.quick; number++) {
      const input = inputOf(target, SEED, number);
      try {
        outcomes[await tryInput(target, input)]++;
      } catch (cause) {
        throw new Error(`input ${number} of kind ${input.kind} broke a promise: ${cause}`, {
          cause,
        });
      }
    }
    const { accepted, refused } = outcomes;
    assert(accepted > 0 && refused > 0, `${accepted} accepted, ${refused} refused`);
  });
}

Deno.test("The fuzzer tells a promise that is kept from one that is broken, and makes an input again by its number", async () => {
  const target = (attempt: FuzzTarget["kinds"][string]["attempt"]): FuzzTarget => ({
    quick: 1,
    kinds: { text: { form: "text", corpus: [new TextEncoder().encode("i42e")], attempt } },
  });
  const input = { kind: "text", bytes: new Uint8Array(3) };
  const kept = target((bytes) => parserAttempt(() => bytes.length, [RangeError]));
  assertEquals(await tryInput(kept, input), "accepted");
  assertEquals(inputOf(kept, 1, 77), inputOf(kept, 1, 77));
  assert(inputOf(kept, 1, 77).bytes.join() !== inputOf(kept, 2, 77).bytes.join());

  const thrown = (error: unknown) =>
    target(() =>
      parserAttempt(() => {
        throw error;
      }, [SyntaxError])
    );
  assertEquals(await tryInput(thrown(new SyntaxError("Cannot read it")), input), "refused");
  const broken: Readonly<Record<string, FuzzTarget>> = {
    "it threw TypeError": thrown(new TypeError("Cannot read it")),
    "not one line": thrown(new SyntaxError("Cannot\nread it")),
    "that of the runtime": thrown(new SyntaxError("Cannot read properties of undefined")),
    "were made": target(() => ({ outcome: "accepted", made: new Uint8Array(2 ** 21) })),
    "no such thing": target(() => {
      promise(input.bytes.length < 3, "no such thing");
      return { outcome: "accepted" };
    }),
  };
  for (const [message, one] of Object.entries(broken)) {
    await assertRejects(() => tryInput(one, input), BrokenPromise, message);
  }
});

Deno.test("The fuzzer finds out which input has left an error behind, also if others were tried since", async () => {
  const bytesOf = (target: FuzzTarget, number: number) => inputOf(target, 5, number).bytes.join();
  let tries = 0;
  /** A target that leaves an error behind at one input, always or only the first time. */
  const leaving = (guilty: number, how: "always" | "once"): FuzzTarget => {
    let left = how === "always" ? Infinity : 1;
    const target: FuzzTarget = {
      quick: 1,
      kinds: {
        text: {
          form: "bytes",
          corpus: [new Uint8Array(40)],
          attempt: (bytes) => {
            tries++;
            if (bytes.join() === bytesOf(target, guilty) && left-- > 0) {
              void Promise.reject(new SyntaxError(`left by ${guilty}`));
            }
            return { outcome: "accepted" };
          },
        },
      },
    };
    return target;
  };
  for (const how of ["always", "once"] as const) {
    const target = leaving(13, how);
    const replayed: number[] = [];
    using leftBehind = new LeftBehind({
      ...{ target, seed: 5 },
      onReplay: (number) => replayed.push(number),
    });
    for (let number = 0; number < 5; number++) await tryInput(target, inputOf(target, 5, number));
    assertEquals(await leftBehind.look(4), undefined);
    for (let number = 5; number < 20; number++) await tryInput(target, inputOf(target, 5, number));
    const found = await leftBehind.look(19);
    assertEquals(String(found?.error), "SyntaxError: left by 13");
    assertEquals(found?.number, how === "always" ? 13 : 19);
    assertEquals(found?.doubt?.includes("inputs 5 to 19"), how === "once" ? true : undefined);
    assertEquals(replayed[0], 5, "those before the last look are not tried again");
    assertEquals(leftBehind.isSuspicious, false);
    assertEquals(await leftBehind.look(20), undefined);
  }
  assert(tries > 40);
});
