import { assert, assertEquals, assertRejects } from "@std/assert";
import { inputOf, tryInput } from "./fuzz/fuzz_input.ts";
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
