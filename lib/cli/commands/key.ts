import { resolve } from "../../paths/mod.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { writeNewKey } from "../swarm_key.ts";

/** Makes the key of a private swarm. */
export async function run({ args, output }: Context): Promise<ExitCode> {
  const path = resolve(args.operands[0] ?? "");
  await writeNewKey(path);
  output.result({ type: "key-created", path }, path);
  output.note(
    { type: "hint" },
    "Give it to every peer of the swarm, by a way that nobody else can read",
  );
  return EXIT.done;
}
