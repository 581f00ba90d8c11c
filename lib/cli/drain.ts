import type { TrackerServer } from "../tracker/mod.ts";
import type { Arguments } from "./arguments.ts";
import type { Output } from "./output.ts";

/** Watches whether SIGTERM comes, by which whatever watches over a program ends it. */
export function watchTermination(): { readonly came: () => boolean } & Disposable {
  let state: "none" | "came" = "none";
  function note(): void {
    state = "came";
  }
  // There is no such signal there.
  const names: readonly Deno.Signal[] = Deno.build.os === "windows" ? [] : ["SIGTERM"];
  for (const name of names) Deno.addSignalListener(name, note);
  return {
    came: () => state === "came",
    [Symbol.dispose]() {
      for (const name of names) Deno.removeSignalListener(name, note);
    },
  };
}

/** Ends a tracker in the way of SIGTERM: those who are there get their answers, nobody new is let in. */
export async function drain(server: TrackerServer, args: Arguments, output: Output): Promise<void> {
  const ms = args.durationMs("drain") ?? 0;
  const text = ms === 0 ? "Ends when all have their answers" : `Ends in ${ms / 1_000} s`;
  output.note({ type: "draining", ms }, `${text}; a second signal ends it at once`);
  await server.drain(ms);
}
