import { readVariable } from "./environment.ts";
import { EXIT } from "./exit_code.ts";
import type { LiveTerminal, TerminalSize } from "./live_lines.ts";

/** What is taken for the size of a terminal that does not tell. */
const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** Exit status of a program that Ctrl-\ ended. */
const QUIT = 131;

/** Exit status of a program whose terminal has gone away, as a shell tells it. */
const HUNG_UP = 129;

const encoder = new TextEncoder();

/** What gives terminals back as they were, by those who have changed something of them now. */
const restorers = new Set<() => void>();

/** Those for whom SIGHUP says something else than that the terminal has gone. */
const hangUpListeners = new Set<() => void>();

/** A stream that is written to. */
type Sink = Parameters<typeof writeWhole>[0];

/** Standard error as a terminal; what is written there must not be there if it is none. */
export const stderrTerminal: LiveTerminal = terminalAt(Deno.stderr);

/** Standard output as a terminal; what is written there must not be there if it is none. */
export const stdoutTerminal: LiveTerminal = terminalAt(Deno.stdout);

/** Whether something can be drawn at a place, by control sequences. */
export function canDraw(to: { isTerminal(): boolean }): boolean {
  return to.isTerminal() && readVariable("TERM") !== "dumb";
}

/**
 * Writes a text whole. A reader that has gone away ends the program quietly, as with any tool, and as
 * an interrupt does: nobody knows whether it was done.
 */
export function writeWhole(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) exitAtOnce(EXIT.interrupted);
    throw error;
  }
}

/** Ends the program at once, but leaves the terminal as it was. */
export function exitAtOnce(code: number): never {
  try {
    restoreAll();
  } finally {
    Deno.exit(code); // also where the terminal has gone
  }
}

/**
 * Calls a function at each SIGHUP, where there is such a signal, until that is disposed of. Otherwise
 * the signal ends the program; also here when the terminal has gone, as nobody else would end it then.
 */
export function watchHangUps(listener: () => void): Disposable {
  const wasTerminal = Deno.stdin.isTerminal();
  const onHangUp = (): void => {
    if (wasTerminal && !Deno.stdin.isTerminal()) hangUp();
    listener();
  };
  hangUpListeners.add(listener);
  const listening = onSignal("SIGHUP", onHangUp);
  return {
    [Symbol.dispose]() {
      hangUpListeners.delete(listener);
      listening[Symbol.dispose]();
    },
  };
}

function terminalAt(to: Sink): LiveTerminal {
  return {
    write: (text) => writeWhole(to, text),
    size: consoleSize,
    occupy,
  };
}

/** Calls `restore` if the program ends at once, in whatever way, before that is disposed of. */
export function holdTerminal(restore: () => void): Disposable {
  if (restorers.size === 0) listenForEnds("add");
  restorers.add(restore);
  return {
    [Symbol.dispose]() {
      if (restorers.delete(restore) && restorers.size === 0) listenForEnds("remove");
    },
  };
}

/**
 * Until it is disposed of, calls `leave` before Ctrl-Z stops the program, and `enter` when it goes on.
 * Who may not send signals, not even to himself, cannot be stopped.
 */
export function watchStops({ leave, enter }: { leave(): void; enter(): void }): Disposable {
  function stop(): void {
    if (!maySignal()) return;
    leave();
    Deno.kill(Deno.pid, "SIGSTOP");
  }
  using listening = new DisposableStack();
  listening.use(onSignal("SIGTSTP", stop));
  listening.use(onSignal("SIGCONT", enter));
  return listening.move();
}

function occupy({ redraw, restore, resume }: Parameters<LiveTerminal["occupy"]>[0]): Disposable {
  using occupation = new DisposableStack();
  occupation.use(holdTerminal(restore));
  occupation.use(onSignal("SIGWINCH", redraw));
  if (resume !== undefined && maySignal()) {
    occupation.use(watchStops({ leave: restore, enter: resume }));
  } else {
    // After a stop the terminal may show what another program has drawn.
    occupation.use(onSignal("SIGCONT", resume ?? redraw));
  }
  return occupation.move();
}

/** Calls a function for each signal, where there are such, until it is disposed of. */
function onSignal(signal: Deno.Signal, listener: () => void): Disposable {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  Deno.addSignalListener(signal, listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener(signal, listener) };
}

/** Whether the program may send signals to processes, of which it is one. */
function maySignal(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}

/**
 * Hears of the ends that nobody else hears of: an error that nobody catches, Ctrl-\, and that the
 * terminal has gone.
 */
function listenForEnds(change: "add" | "remove"): void {
  for (const end of ["error", "unhandledrejection"]) {
    if (change === "add") addEventListener(end, restoreAll);
    else removeEventListener(end, restoreAll);
  }
  if (Deno.build.os === "windows") return;
  for (const [signal, end] of [["SIGQUIT", quit], ["SIGHUP", hangUpUnlessWatched]] as const) {
    if (change === "add") Deno.addSignalListener(signal, end);
    else Deno.removeSignalListener(signal, end);
  }
}

function quit(): never {
  exitAtOnce(QUIT);
}

function hangUp(): never {
  exitAtOnce(HUNG_UP);
}

function hangUpUnlessWatched(): void {
  if (hangUpListeners.size === 0) hangUp();
}

function restoreAll(): void {
  for (const restore of restorers) {
    restorers.delete(restore); // a terminal that is gone makes it fail, and come here again
    restore();
  }
}

function consoleSize(): TerminalSize {
  try {
    const { columns, rows } = Deno.consoleSize();
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // A pseudo-terminal without a size: the classic one will do.
  }
  return USUAL_SIZE;
}
