import { type InfoHash, infoHashFromHex } from "../../bytes/mod.ts";
import { formatAddress, sleep, systemClock, TlsError } from "../../net/mod.ts";
import {
  type DashboardOptions,
  DEFAULT_ANNOUNCE_PORT,
  DEFAULT_PORT,
  DoorError,
  serveTracker,
  type ServeTrackerOptions,
  type TrackerEvent,
  type TrackerServer,
} from "../../tracker/mod.ts";
import type { Arguments } from "../arguments.ts";
import { CliError, UsageError } from "../cli_error.ts";
import { describeListening, listening } from "../cli_node.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { untilAborted } from "../interrupt.ts";
import { advertiseTracker, type LocalTracker } from "../local_trackers.ts";
import { drain, watchTermination } from "../drain.ts";
import { openState, tellOfState } from "../lasting_state.ts";
import type { Output } from "../output.ts";
import { printable } from "../printable.ts";
import { warnOfTraces } from "../telemetry.ts";
import { openUploads } from "../tracker_uploads.ts";
import { readIdentity } from "../tls_files.ts";
import { chooseToken } from "../token.ts";
import { VERSION } from "../version.ts";

/** The time between two attempts to be heard on a network that is not there, in milliseconds. */
const ADVERTISE_RETRY_MS = 30_000;

/** Serves a tracker until it is interrupted. */
export async function run(context: Context): Promise<ExitCode> {
  const { args, output, interrupted, addresses } = context;
  using termination = watchTermination();
  const host = args.text("host") ?? "0.0.0.0";
  const port = args.port("port") ?? DEFAULT_PORT;
  const torrents = await readAllowList(args.text("allow"));
  const token = chooseToken({ args, output });
  warnOfTraces({ token, output });
  const tls = readIdentity({ args, output });
  using state = await openState(context);
  await using uploads = await openUploads(context, { token, tls });
  const server = opening({
    ...{ host, port, torrents, token, tls, state },
    ...(uploads !== undefined && { transport: uploads.transport }),
    ...(addresses !== undefined && { addresses }),
    http: isWithoutHttp(args) ? undefined : {
      port: args.port("http-port") ?? DEFAULT_ANNOUNCE_PORT,
      clientAddress: args.has("behind-proxy") ? "x-forwarded-for" : "connection",
      dashboard: dashboardOf(args),
      metrics: {
        audience: args.has("public-metrics") ? "everybody" : "this machine",
        names: args.all("dashboard-name"),
        version: VERSION,
      },
      uploads,
    },
    udp: args.has("no-udp") ? undefined : { port: args.port("udp-port") ?? DEFAULT_ANNOUNCE_PORT },
  });
  const logging = log(server.events, output);
  if (state !== undefined) tellOfState(state, server, output);
  uploads?.start(server);
  const doors = [{ name: "tcp", address: server.address }, ...server.doors];
  for (const { name, address } of doors) {
    const isSecure = tls !== undefined && name !== "udp";
    output.result(
      { type: "listening", door: name, ...address, ...(isSecure && { tls: true }) },
      `Tracker listens at ${formatAddress(address)} (${name.toUpperCase()}${
        isSecure ? ", TLS" : ""
      })`,
    );
  }
  if (tls !== undefined && !args.has("no-udp")) {
    output.warn(
      { type: "plain-door", door: "udp" },
      "What comes by UDP is not encrypted, the token neither; --no-udp closes that door",
    );
  }
  output.note({ type: "ready" }, "Ctrl-C stops it");
  {
    const admission = token === undefined ? "open" : "token";
    if (!args.has("no-discovery")) {
      const security = tls === undefined ? "plain" : "tls";
      await keepAdvertising({ address: server.address, admission, security }, output, interrupted);
    }
    await untilAborted(interrupted);
  }
  if (termination.came()) await drain(server, args, output);
  await server.close();
  await logging;
  return EXIT.done;
}

/** Whether there is to be no HTTP door; what says more of it than its port makes no sense then. */
function isWithoutHttp(args: Arguments): boolean {
  if (!args.has("no-http")) return false;
  for (const flag of ["public-dashboard", "dashboard-name", "public-metrics", "behind-proxy"]) {
    if (!args.has(flag) && args.all(flag).length === 0) continue;
    throw new UsageError(`Cannot use --${flag} with --no-http: there is no HTTP door then`);
  }
  return true;
}

/** For whom the dashboard is. */
function dashboardOf(args: Arguments): DashboardOptions | "none" {
  if (!args.has("no-dashboard")) {
    return {
      audience: args.has("public-dashboard") ? "everybody" : "this machine",
      names: args.all("dashboard-name"),
      version: VERSION,
    };
  }
  if (!args.has("public-dashboard") && args.all("dashboard-name").length === 0) return "none";
  throw new UsageError(
    "Cannot use --no-dashboard with --public-dashboard or --dashboard-name: there is no dashboard then",
  );
}

/** Opens the doors; a port that cannot be had becomes one clear line with the flag that names it. */
function opening(options: ServeTrackerOptions & { host: string; port: number }): TrackerServer {
  try {
    return listening(options, () => serveTracker(options));
  } catch (error) {
    if (error instanceof TlsError) {
      throw new UsageError(`Cannot use --tls-cert and --tls-key: ${error.message}`, {
        cause: error,
      });
    }
    if (!(error instanceof DoorError)) throw error;
    throw describeListening(error.cause, error.address, `${error.door}-port`);
  }
}

/** Has others on the network find the tracker until it ends; while that cannot be, it is a detail. */
async function keepAdvertising(
  tracker: LocalTracker,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  let last = "";
  while (!signal.aborted) {
    try {
      await using _told = await advertiseTracker(tracker);
      output.detail({ type: "advertised" }, "Others on this network find it without its address");
      return await untilAborted(signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text = `Others on this network need its address: ${reason}`;
      if (reason !== last) output.detail({ type: "unadvertised", reason }, text);
      last = reason;
    }
    // A machine that has just started may have no network yet.
    await sleep(systemClock, ADVERTISE_RETRY_MS, signal);
  }
}

/** The info-hashes in a file, one a line; nothing if none is named, which allows all. */
async function readAllowList(path: string | undefined): Promise<ReadonlySet<InfoHash> | undefined> {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new CliError(EXIT.error, `Cannot read ${path}: there is no such file`, { cause });
  }
  const allowed = new Set<InfoHash>();
  for (const [at, line] of text.split("\n").entries()) {
    const hash = line.replace(/#.*/, "").trim();
    if (hash === "") continue;
    if (!/^[0-9a-f]{40}$/i.test(hash)) {
      throw new UsageError(
        `Cannot read ${path}, line ${at + 1}: an info-hash has 40 hexadecimal digits, as in ` +
          "e92d1017007dbef6c10c7b9db7d7f8fcb50e23f9",
      );
    }
    allowed.add(infoHashFromHex(hash));
  }
  return allowed;
}

async function log(events: ReadableStream<TrackerEvent>, output: Output): Promise<void> {
  for await (const event of events) {
    switch (event.type) {
      case "connected": {
        const peer = formatAddress(event.remote);
        const agent = printable(event.agent);
        output.note({ type: "connected", peer, agent }, `${peer} connected (${agent})`);
        break;
      }
      case "closed": {
        const peer = formatAddress(event.remote);
        const { farewell } = event;
        output.note({ type: "closed", peer, farewell }, `${peer} left (${farewell})`);
        break;
      }
      case "published": {
        const { infoHash } = event;
        const name = printable(event.name);
        output.note({ type: "published", name, infoHash }, `${name} is published (${infoHash})`);
        break;
      }
      case "refused": {
        const peer = formatAddress(event.remote);
        const text = printable(event.text);
        output.warn({ type: "refused", peer, code: event.code, text }, `${peer} refused: ${text}`);
        break;
      }
      case "door-failed": {
        const { door, address } = event;
        const reason = event.error instanceof Error ? event.error.message : String(event.error);
        output.error(
          { type: "door-failed", door, ...address, reason },
          `The ${door} door at ${formatAddress(address)} is shut: ${reason}; ` +
            "it opens by itself as soon as that is possible",
        );
        break;
      }
      case "state-failed": {
        const reason = event.error instanceof Error ? event.error.message : String(event.error);
        output.error(
          { type: "state-failed", reason },
          `${reason}; all goes on, and it is tried again each second`,
        );
        break;
      }
      case "state-saved":
        output.note({ type: "state-saved" }, "The state is written again");
        break;
      case "fault": {
        const text = String(event.error);
        output.error({ type: "fault", text }, `Fault: ${text}`);
        break;
      }
      default:
        event satisfies never;
    }
  }
}
