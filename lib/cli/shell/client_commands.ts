import type { PeerAddress } from "../../net/mod.ts";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { unlessAborted } from "../interrupt.ts";
import { clientName, parseClient } from "./client_name.ts";
import type { ShellClient } from "./shell_client.ts";
import type { ShellCommand, Task } from "./shell_command.ts";

/** The commands that speak with one other client. */
export const CLIENT_COMMANDS: readonly ShellCommand[] = [
  {
    name: "connect_client",
    forms: [["IP", "PORT"]],
    summary: "connect to another client",
    details: "For each torrent that both have; when the server knows of others that the client " +
      "has, they are opened here.",
    run: connectClient,
  },
  {
    name: "ping",
    forms: [["IP", "PORT"]],
    summary: "measure the time for a message to a connected client and back",
    details: "",
    run: ping,
  },
  {
    name: "disconnect_client",
    forms: [["IP", "PORT"]],
    summary: "disconnect from a client",
    details: "",
    run: disconnectClient,
  },
  {
    name: "check_target_client_connected",
    forms: [["IP", "PORT"]],
    summary: "say whether a client is connected",
    details: "",
    run: checkClient,
  },
];

async function connectClient({ client, operands, signal, say }: Task): Promise<void> {
  const target = parseClient(...pair(operands));
  await client.connectTo(target, signal);
  say(
    { type: "client", state: "connected", ...target },
    `${clientName(target)} established connection to ${clientName(client.self)}`,
  );
}

async function ping({ client, operands, signal, say }: Task): Promise<void> {
  const target = parseClient(...pair(operands));
  const links = linksTo(client, target);
  const [first] = links;
  const knows = links.find(({ link }) => link.session.knows("sl_ping"));
  const { session } = (knows ?? first!).link;
  const ms = await unlessAborted(signal, session.ping());
  say(
    { type: "pong", ...target, ms: Number(ms.toFixed(3)) },
    `${clientName(target)} received ping from ${clientName(client.self)}: ${ms.toFixed(2)} ms`,
  );
}

async function disconnectClient({ client, operands, say }: Task): Promise<void> {
  const target = parseClient(...pair(operands));
  linksTo(client, target);
  await client.disconnectFrom(target);
  say(
    { type: "client", state: "disconnected", ...target },
    `${clientName(target)} disconnected from ${clientName(client.self)}`,
  );
}

function checkClient({ client, operands, say }: Task): void {
  const target = parseClient(...pair(operands));
  const isConnected = client.linksTo(target).length > 0;
  say(
    { type: "client", state: isConnected ? "connected" : "not connected", ...target },
    isConnected
      ? `Target ${clientName(target)} is connected to current ${clientName(client.self)}`
      : describeAbsence(client, target),
  );
}

/**
 * The links to a client.
 *
 * @throws {CliError} if it is not connected
 */
export function linksTo(
  client: ShellClient,
  target: PeerAddress,
): ReturnType<ShellClient["linksTo"]> {
  const links = client.linksTo(target);
  if (links.length > 0) return links;
  throw new CliError(
    EXIT.error,
    `${describeAbsence(client, target)}; connect_client connects it`,
  );
}

function describeAbsence(client: ShellClient, target: PeerAddress): string {
  return `Target ${clientName(target)} is not connected to current ${clientName(client.self)}`;
}

function pair([ip, port]: readonly string[]): [string | undefined, string | undefined] {
  return [ip, port];
}
