import { TextLineStream } from "@std/streams/text-line-stream";

/** Where the lines of a shell come from. */
export interface ShellInput extends Disposable {
  /** The lines, until the end of the input. */
  readonly lines: ReadableStream<string>;
  /** Shows another prompt, if anybody sees it. */
  prompt(text: string): void;
}

/** The lines of a file or of another program. */
export function openPipedInput(): ShellInput {
  return {
    lines: Deno.stdin.readable
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream({ allowCR: true })),
    prompt() {},
    [Symbol.dispose]() {},
  };
}
