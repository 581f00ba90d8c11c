import { assert } from "@std/assert";
import { CALLS, CODES, failEach, Stage, type Tally } from "./campaign.ts";
import { OPERATIONS } from "./operations.ts";

/** Says in the name of a step what became of the faults. */
async function report(t: Deno.TestContext, what: string, tallies: readonly Tally[]): Promise<void> {
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  const [faults, tolerated, lost] = [sum("faults"), sum("tolerated"), sum("lost")];
  const name = `${faults} ${what}, ${tolerated} outlived, ${lost} pieces to be fetched again`;
  await t.step(name, () => assert(faults > 0));
}

for (const operation of OPERATIONS) {
  Deno.test(`${operation.name} loses nothing when any file call fails`, async (t) => {
    await using stage = await Stage.open(operation);
    const tallies: Tally[] = [];
    for (const call of CALLS) {
      for (const code of CODES) {
        tallies.push(await failEach(stage, [call], { kind: "error", code }));
      }
    }
    await report(t, "failed calls", tallies);
  });

  Deno.test(`${operation.name} loses nothing when it is killed at any file call`, async (t) => {
    await using stage = await Stage.open(operation);
    await report(t, "kills", [await failEach(stage, "all", { kind: "kill" })]);
  });

  Deno.test(`${operation.name} holds nothing wrong when power is lost at any file call`, async (t) => {
    await using stage = await Stage.open(operation);
    await report(t, "power cuts", [await failEach(stage, "all", { kind: "power cut" })]);
  });
}
