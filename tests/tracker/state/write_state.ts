/**
 * Run as a process of its own: opens the state that it is given, says so, publishes one torrent after
 * the other from the number that it is given, counts them, and names each once it was written.
 */
import { openedState, publish } from "./sample_state.ts";

const [path = "", from] = Deno.args;
using opened = await openedState(path);
say("open");
for (let number = Number(from); number < Infinity; number++) {
  await publish(opened.registry, `film ${number}`);
  opened.counts.set("pushes", number);
  if (opened.keeper.save() === "saved") say(String(number));
}
if (from === undefined) await new Promise(() => setInterval(() => {}, 1_000));

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
