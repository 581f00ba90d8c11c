import { formatAddress, parseAddress, type PeerAddress, type Transport } from "../net/mod.ts";
import { randomPeerId } from "../peer/mod.ts";
import {
  announceTiers,
  DEFAULT_PORT,
  isAnnounceUrl,
  redactUrl,
  TrackerClient,
  TrackerRefusedError,
} from "../tracker/client/mod.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./cli_error.ts";
import { readVariable } from "./environment.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";
import { secureTransport } from "./tls_files.ts";
import { chooseToken, type TokenSource } from "./token.ts";
import { VERSION } from "./version.ts";

/** The tracker that is asked when none is named. */
const DEFAULT_TRACKER: PeerAddress = { host: "127.0.0.1", port: DEFAULT_PORT };

/** Whether TLS is spoken with a tracker. */
export type Security = "plain" | "tls";

/** What the name of a tracker with which TLS is spoken begins with. */
const TLS_SCHEME = "tls://";

/** A tracker that a command works with, and how it came to it. */
export interface ChosenTracker {
  /** Where it is. */
  readonly address: PeerAddress;
  /** What is spoken with it: TCP, or TLS over it. */
  readonly security: Security;
  /**
   * Whether it was named on the command line or in the environment, is only the usual one, or told of
   * itself on the network, which anybody can do.
   */
  readonly origin: "named" | "default" | "found";
}

/** The trackers that a command works with. */
export interface TrackerChoice {
  /** Those of ours, which know names, torrent files and who holds which chunk. */
  readonly trackers: readonly ChosenTracker[];
  /** Announce URLs of trackers of any kind, which know only where peers are. */
  readonly announceUrls: readonly string[];
}

/**
 * The trackers of a command line: those of `--tracker`, or those of `SLUICE_TRACKER` (separated by
 * commas), or the one on this machine.
 *
 * @throws {UsageError} if one is neither an address nor an announce URL
 */
export function chooseTrackers(args: Arguments): TrackerChoice {
  const flags = args.all("tracker");
  const texts = flags.length > 0 ? flags : fromEnvironment();
  if (texts.length === 0) {
    const usual = { address: DEFAULT_TRACKER, security: "plain", origin: "default" } as const;
    return { trackers: [usual], announceUrls: [] };
  }
  const isUrl = (text: string): boolean => text.includes("://") && !isSecure(text);
  const urls = texts.filter(isUrl);
  for (const url of urls) {
    if (isAnnounceUrl(url)) continue;
    throw new UsageError(
      `Cannot use --tracker ${redactUrl(url)}: an announce URL begins with http://, https:// or ` +
        "udp:// and a host, and for udp it names the port; a tracker of Sluice is HOST:PORT or tls://HOST:PORT",
    );
  }
  const trackers = texts.filter((text) => !isUrl(text))
    .map((text) => ({ ...parseTracker(text), origin: "named" as const }));
  return { trackers, announceUrls: announceTiers([urls]).flat() };
}

/**
 * The first tracker of ours of a command line.
 *
 * @throws {UsageError} if there are only announce URLs
 */
export function chooseOwnTracker(args: Arguments): ChosenTracker {
  const { trackers: [first], announceUrls } = chooseTrackers(args);
  if (first !== undefined) return first;
  throw new UsageError(
    `Cannot ask ${
      redactUrl(announceUrls[0] ?? "")
    }: only a tracker of Sluice knows files and their chunks; ` +
      "name one as HOST:PORT or tls://HOST:PORT",
  );
}

function fromEnvironment(): string[] {
  return (readVariable("SLUICE_TRACKER") ?? "").split(",").map((text) => text.trim())
    .filter((text) => text !== "");
}

function isSecure(text: string): boolean {
  return text.toLowerCase().startsWith(TLS_SCHEME);
}

function parseTracker(text: string): Pick<ChosenTracker, "address" | "security"> {
  const place = isSecure(text) ? text.slice(TLS_SCHEME.length).replace(/\/$/, "") : text;
  try {
    const address = parseAddress(place, { defaultPort: DEFAULT_PORT });
    if (address.port === 0) throw new RangeError("nobody listens at port 0");
    return { address, security: isSecure(text) ? "tls" : "plain" };
  } catch (cause) {
    throw new UsageError(
      `Cannot read --tracker "${
        redactUrl(text)
      }": it must be HOST:PORT, as in 192.0.2.7:${DEFAULT_PORT}, ` +
        "tls://HOST:PORT, or an announce URL",
      { cause },
    );
  }
}

/** A tracker as people name it. */
export function nameOf({ address, security }: Pick<ChosenTracker, "address" | "security">): string {
  return `${security === "tls" ? TLS_SCHEME : ""}${formatAddress(address)}`;
}

/** How a tracker is reached; nothing if by TCP, which is usual. */
export function transportTo(
  { security }: Pick<ChosenTracker, "security">,
  args: Arguments,
): Transport | undefined {
  return security === "tls" ? secureTransport(args) : undefined;
}

/**
 * Connects to a tracker as one who only asks: nobody is told of it. One that was found is a stranger,
 * and gets no token.
 */
export function openAsker(tracker: ChosenTracker, context: TokenSource): TrackerClient {
  return new TrackerClient({
    peerId: randomPeerId(),
    port: 0,
    address: tracker.address,
    transport: transportTo(tracker, context.args),
    agent: `Sluice ${VERSION}`,
    token: tracker.origin === "found" ? undefined : chooseToken(context),
  });
}

/** Tells when a tracker is lost and found, until the client is closed. */
export async function reportStates(
  client: TrackerClient,
  tracker: ChosenTracker,
  absence: "told" | "detail",
  output: Output,
): Promise<void> {
  const address = nameOf(tracker);
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
