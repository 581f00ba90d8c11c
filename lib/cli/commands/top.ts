import type { InfoHash } from "../../bytes/mod.ts";
import { sleep, systemClock } from "../../net/mod.ts";
import { askTracker } from "../ask_tracker.ts";
import { UsageError } from "../cli_error.ts";
import { nameOf, openAsker } from "../cli_trackers.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { findSwarm } from "../find_swarm.ts";
import { unlessAborted, untilAborted } from "../interrupt.ts";
import { MAX_TOP_SWARMS } from "../limits.ts";
import { usualPaint } from "../paint.ts";
import { canDraw, stdoutTerminal, watchStops } from "../terminal.ts";
import { FullScreen } from "../top/full_screen.ts";
import { Keyboard } from "../top/keyboard.ts";
import { type Focus, Observer } from "../top/observer.ts";
import { describeTop, reportTop } from "../top/top_report.ts";
import { TopScreen } from "../top/top_screen.ts";

/** The time between two looks, in milliseconds, unless the command line says otherwise. */
const INTERVAL_MS = { screen: 1_000, lines: 5_000 };

/** The shortest time between two looks that may be asked for, in milliseconds. */
const SHORTEST_INTERVAL_MS = 100;

/** Swarms that are looked at before what is seen is printed, again or once. */
const SWARMS_A_ROUND = { again: 64, once: MAX_TOP_SWARMS };

/** How many times as long as a look took the next one waits, so that no tracker does little else. */
const REST = 4;

/** Shows the swarms of a tracker until it is interrupted, or once. */
export async function run(context: Context): Promise<ExitCode> {
  const { args, output, interrupted } = context;
  const isOnce = args.has("once");
  const isDrawn = !isOnce && output.format === "text" && canDraw(Deno.stdout);
  const intervalMs = args.durationMs("interval") ??
    (isDrawn ? INTERVAL_MS.screen : INTERVAL_MS.lines);
  if (intervalMs < SHORTEST_INTERVAL_MS) {
    throw new UsageError(`Cannot use --interval: it must be ${SHORTEST_INTERVAL_MS}ms or more`);
  }
  const [name] = args.operands;
  const { tracker, opened } = await askTracker(context, async (client, tracker) => {
    await client.connected();
    return { tracker, opened: name === undefined ? undefined : await findSwarm(client, name) };
  });
  await using client = openAsker(tracker, context);
  let onContact: () => void = () => {};
  const observer = new Observer({
    client,
    clock: systemClock,
    tracker: nameOf(tracker),
    onContact: () => onContact(),
  });
  if (isDrawn) {
    await draw(observer, { opened, intervalMs, interrupted, onNews: (tell) => onContact = tell });
    return EXIT.done;
  }
  const printing = print(context, observer, { opened, intervalMs });
  await Promise.race([printing, untilAborted(interrupted)]);
  return isOnce && interrupted.aborted ? EXIT.interrupted : EXIT.done;
}

/** Prints what is seen, again and again unless it is wanted once. */
async function print(
  { args, output, interrupted }: Context,
  observer: Observer,
  { opened, intervalMs }: {
    readonly opened: InfoHash | undefined;
    readonly intervalMs: number;
  },
): Promise<void> {
  const aRound = SWARMS_A_ROUND[args.has("once") ? "once" : "again"];
  while (!interrupted.aborted) {
    const startMs = systemClock.now();
    await observer.look(focusOf(observer, { opened, aRound }));
    // A list that was not known until now is looked into at once.
    if (opened === undefined) await observer.look(focusOf(observer, { opened, aRound }));
    if (interrupted.aborted) return;
    const { seen } = observer;
    output.result(reportTop(seen, opened), describeTop(seen, opened));
    if (args.has("once")) return;
    await rest(startMs, intervalMs, interrupted);
  }
}

/** Every file of the list, or the one that is opened. */
function focusOf(
  { seen }: Observer,
  { opened, aRound }: { readonly opened: InfoHash | undefined; readonly aRound: number },
): Focus {
  if (opened !== undefined) return { listed: [], aRound: 0, opened };
  const listed = seen.files.map((file) => file.infoHash);
  return { listed, aRound, opened };
}

/** Draws what is seen on the terminal until a key or a signal ends it. */
async function draw(
  observer: Observer,
  { opened, intervalMs, interrupted, onNews }: {
    readonly opened: InfoHash | undefined;
    readonly intervalMs: number;
    readonly interrupted: AbortSignal;
    readonly onNews: (tell: () => void) => void;
  },
): Promise<void> {
  const end = new AbortController();
  const over = AbortSignal.any([interrupted, end.signal]);
  const screen = new TopScreen(opened);
  const paint = usualPaint();
  await unlessAborted(interrupted, observer.look(screen.focus(observer.seen)));
  // First of all: who stops the program before it hears of that would be left with this screen.
  using _stops = watchStops({
    leave() {
      keys.pause();
      full.leave();
    },
    enter() {
      keys.resume();
      full.enter();
    },
  });
  using full = new FullScreen(stdoutTerminal, (size) => screen.draw(observer.seen, size, paint));
  onNews(() => {
    if (!over.aborted) full.draw();
  });
  let wake = new AbortController();
  over.addEventListener("abort", () => wake.abort(), { once: true });
  using keys = new Keyboard((key) => {
    if (over.aborted) return;
    const effect = screen.press(key, observer.seen);
    if (effect === "ends") return end.abort();
    full.draw();
    // What was never looked at need not wait for its turn.
    if (effect === "opens" && !observer.seen.swarms.has(screen.opened!)) wake.abort();
  });
  async function watch(): Promise<void> {
    while (!over.aborted) {
      wake = new AbortController();
      const startMs = systemClock.now();
      await observer.look(screen.focus(observer.seen));
      if (over.aborted) return;
      full.draw();
      await rest(startMs, intervalMs, wake.signal);
    }
  }
  // A tracker that does not answer keeps nobody from going.
  await Promise.race([watch(), untilAborted(over)]);
}

/** Waits for the next look after one that began at `startMs`. */
async function rest(startMs: number, intervalMs: number, signal: AbortSignal): Promise<void> {
  const tookMs = systemClock.now() - startMs;
  await sleep(systemClock, Math.max(intervalMs - tookMs, tookMs * REST), signal);
}
