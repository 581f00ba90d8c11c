import { mergeChunks, openLibrary } from "../../storage/mod.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { hashProgress } from "../hash_progress.ts";

/** Puts chunk files together. */
export async function run({ args, output, interrupted }: Context): Promise<ExitCode> {
  const library = await openLibrary(args.text("library") ?? ".");
  for (const name of args.operands) {
    const path = await mergeChunks({
      library,
      name,
      signal: interrupted,
      onProgress: hashProgress(output, name),
    });
    output.result({ type: "merged", name, path }, path);
  }
  return EXIT.done;
}
