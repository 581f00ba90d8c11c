/** A stream of the runtime's `node:stream`, as far as it is used here. */
export interface NodeStream {
  /** Ends it. */
  destroy(): unknown;
  /** Tells those who listen. */
  emit(event: string): boolean;
}

/** A stream that is read. */
export interface NodeReadable extends NodeStream {
  /** Hands in what was read; `null` is the end. */
  push(chunk: Uint8Array | null): boolean;
}

/** A stream that is written to. */
export interface NodeWritable extends NodeStream {
  /** Writes text. */
  write(text: string): boolean;
}

/** An editor of lines, of the runtime's `node:readline`. */
export interface NodeLineEditor {
  /** What is typed so far. */
  readonly line: string;
  /** The rows between the beginning of the line and the cursor, as far as they are drawn. */
  prevRows?: number;
  /** Sets what stands in front of the line the next time that it is drawn. */
  setPrompt(text: string): void;
  /** What stands in front of the line. */
  getPrompt(): string;
  /** Draws the line; the cursor stays where it is in it if so wanted. */
  prompt(preserveCursor?: boolean): void;
  /** Where the cursor is, seen from the beginning of the prompt. */
  getCursorPos(): { readonly rows: number; readonly cols: number };
  /** Acts as if a key were pressed. */
  write(text: null, key: { readonly ctrl: true; readonly name: string }): void;
  /** Listens for a line, the end of the input, or a key that would send a signal. */
  on(event: "line" | "close" | "SIGINT" | "SIGTSTP", listener: (line: string) => void): this;
  /** Gives its streams free. */
  close(): void;
}

/** What an editor of lines is made of. */
export interface NodeLineEditorOptions {
  readonly input: NodeReadable;
  readonly output: NodeWritable;
  readonly terminal: true;
  readonly prompt: string;
  /** Lines that were typed before, the latest first. */
  readonly history: string[];
  readonly historySize: number;
  readonly removeHistoryDuplicates: boolean;
  readonly completer: (line: string) => [words: string[], last: string];
}

interface NodeModules {
  readonly "node:readline": {
    createInterface(options: NodeLineEditorOptions): NodeLineEditor;
    moveCursor(stream: NodeWritable, columns: number, rows: number): boolean;
    clearScreenDown(stream: NodeWritable): boolean;
  };
  readonly "node:stream": {
    readonly Readable: new () => NodeReadable;
    readonly Writable: new (options: {
      readonly decodeStrings: false;
      write(chunk: string | Uint8Array, encoding: string, done: () => void): void;
    }) => NodeWritable;
  };
}

interface Runtime {
  readonly process: {
    getBuiltinModule<K extends keyof NodeModules>(name: K): NodeModules[K];
  };
}

/**
 * A module of Node that the runtime has in itself. Where one is imported by name, Deno 2.4 fetches
 * all of Node's types from npm to check it, and they would come along in the compiled program.
 */
export function nodeBuiltin<K extends keyof NodeModules>(name: K): NodeModules[K] {
  return (globalThis as unknown as Runtime).process.getBuiltinModule(name);
}
