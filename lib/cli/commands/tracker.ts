import { formatAddress } from "../../net/mod.ts";
import { DEFAULT_PORT, serveTracker, type TrackerEvent } from "../../tracker/mod.ts";
import { listening } from "../cli_node.ts";
import { chooseToken } from "../cli_trackers.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { untilAborted } from "../interrupt.ts";
import type { Output } from "../output.ts";
import { printable } from "../printable.ts";

/** Serves a tracker until it is interrupted. */
export async function run({ args, output, interrupted }: Context): Promise<ExitCode> {
  const host = args.text("host") ?? "0.0.0.0";
  const port = args.port("port") ?? DEFAULT_PORT;
  const token = chooseToken(args);
  const server = listening({ host, port }, () => serveTracker({ host, port, token }));
  const logging = log(server.events, output);
  output.result(
    { type: "listening", door: "tcp", ...server.address },
    `Tracker listens at ${formatAddress(server.address)} (TCP); Ctrl-C stops it`,
  );
  await untilAborted(interrupted);
  await server.close();
  await logging;
  return EXIT.done;
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
        output.note({ type: "refused", peer, code: event.code, text }, `${peer} refused: ${text}`);
        break;
      }
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
