import { formatAddress, parseAddress, type PeerAddress } from "../net/mod.ts";
import { randomPeerId } from "../peer/mod.ts";
import { DEFAULT_PORT, TrackerClient, TrackerRefusedError } from "../tracker/mod.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./cli_error.ts";
import { readVariable } from "./environment.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { VERSION } from "./version.ts";

/** The tracker that is asked when none is named. */
const DEFAULT_TRACKER: PeerAddress = { host: "127.0.0.1", port: DEFAULT_PORT };

/** A tracker that a command works with, and whether somebody named it. */
export interface ChosenTracker {
  /** Where it is. */
  readonly address: PeerAddress;
  /** Whether it was named on the command line or in the environment, or is only the usual one. */
  readonly origin: "named" | "default";
}

/**
 * The trackers of a command line: those of `--tracker`, or those of `SLUICE_TRACKER` (separated by
 * commas), or the one on this machine.
 *
 * @throws {UsageError} if one is not an address
 */
export function chooseTrackers(args: Arguments): ChosenTracker[] {
  const flags = args.all("tracker");
  const texts = flags.length > 0 ? flags : fromEnvironment();
  if (texts.length === 0) return [{ address: DEFAULT_TRACKER, origin: "default" }];
  return texts.map((text) => ({ address: parseTracker(text), origin: "named" }));
}

function fromEnvironment(): string[] {
  return (readVariable("SLUICE_TRACKER") ?? "").split(",").map((text) => text.trim())
    .filter((text) => text !== "");
}

function parseTracker(text: string): PeerAddress {
  if (/^[a-z]+:\/\//i.test(text)) {
    throw new UsageError(
      `Cannot use tracker ${text}: only trackers of the TCP door are known so far, as HOST:PORT`,
    );
  }
  try {
    const address = parseAddress(text, { defaultPort: DEFAULT_PORT });
    if (address.port === 0) throw new RangeError("nobody listens at port 0");
    return address;
  } catch (cause) {
    throw new UsageError(
      `Cannot read --tracker "${text}": it must be HOST:PORT, as in 192.0.2.7:${DEFAULT_PORT}`,
      { cause },
    );
  }
}

/** The token for trackers that want one, from the command line or `SLUICE_TOKEN`. */
export function chooseToken(args: Arguments): string | undefined {
  return args.text("token") ?? readVariable("SLUICE_TOKEN");
}

/** Connects to a tracker as one who only asks: nobody is told of it. */
export function openAsker(tracker: ChosenTracker, args: Arguments): TrackerClient {
  return new TrackerClient({
    peerId: randomPeerId(),
    port: 0,
    address: tracker.address,
    agent: `Sluice ${VERSION}`,
    token: chooseToken(args),
  });
}

/** Tells when a tracker is lost and found, until the client is closed. */
export async function reportStates(
  client: TrackerClient,
  tracker: ChosenTracker,
  absence: "told" | "detail",
  output: Output,
): Promise<void> {
  const address = formatAddress(tracker.address);
  let last = "";
  for await (const state of client.states) {
    if (state.type === last) continue;
    const isFirst = last === "";
    last = state.type;
    if (state.type === "connected") {
      output.detail(
        { type: "tracker", address, state: "connected" },
        `Tracker ${address} is there`,
      );
    } else {
      const reason = printable(state.error.message);
      const report = { type: "tracker", address, state: state.type, reason };
      // A refusal at the start ends the command, which says so itself.
      const isFatal = isFirst && state.error instanceof TrackerRefusedError;
      const isUnexpected = tracker.origin === "named" || absence === "told";
      if (isFatal || !isUnexpected) output.detail(report, reason);
      else output.note(report, `${reason}; trying again`);
    }
  }
}
