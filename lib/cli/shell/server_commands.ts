import { formatAddress } from "../../net/mod.ts";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { capitalize, clientName } from "./client_name.ts";
import { reportFaults } from "./report_faults.ts";
import type { ShellCommand, Task } from "./shell_command.ts";

/** The commands that speak with the server, which is the tracker. */
export const SERVER_COMMANDS: readonly ShellCommand[] = [
  {
    name: "connect_server",
    forms: [[]],
    summary: "connect to the server, and tell it which chunks are held here",
    details:
      "The server is the tracker of --tracker, 127.0.0.1:6789 by default. One that was lost " +
      "is tried again at once.",
    run: connectServer,
  },
  {
    name: "get_client_set",
    forms: [[]],
    summary: "ask the server for all clients and the chunks they hold",
    details: "see_client_set shows them.",
    run: getClientSet,
  },
  {
    name: "update_status_to_server",
    forms: [[]],
    summary: "tell the server which chunks are held here",
    details: "Chunks that are fetched are told by themselves. What was put into Chunks by hand, " +
      "torrent files and chunk files, is looked for now.",
    run: updateStatus,
  },
  {
    name: "disconnect_server",
    forms: [[]],
    summary: "disconnect from the server, which keeps what it knows of us for a while",
    details: "",
    run: disconnectServer,
  },
  {
    name: "check_server_connected",
    forms: [[]],
    summary: "say whether the server is connected",
    details: "",
    run: checkServer,
  },
];

async function connectServer({ client, signal, say }: Task): Promise<void> {
  const { server } = client;
  const address = formatAddress(server.address);
  if (server.state === "connected") {
    throw new CliError(EXIT.error, `client is connected to server ${address} already`);
  }
  reportFaults(await client.openAll(signal), say);
  await server.connect(signal);
  say(
    { type: "server", state: "connected", address, self: formatAddress(client.self) },
    `Server established connection to ${capitalize(clientName(client.self))}`,
  );
  await server.fetchClients(signal);
}

async function getClientSet({ client, signal, say }: Task): Promise<void> {
  const clients = await client.server.fetchClients(signal);
  const { length } = clients;
  say(
    { type: "client-set", clients: length },
    `The server knows ${
      length === 1 ? "1 client" : `${length} clients`
    }; see_client_set shows them`,
  );
}

async function updateStatus({ client, signal, say }: Task): Promise<void> {
  reportFaults(await client.openAll(signal), say);
  await client.server.update(signal);
  say({ type: "updated" }, `Server updated ${capitalize(clientName(client.self))} status`);
  await client.server.fetchClients(signal);
}

async function disconnectServer({ client, say }: Task): Promise<void> {
  const { self } = client;
  await client.server.disconnect();
  say(
    { type: "server", state: "disconnected" },
    `${capitalize(clientName(self))} disconnected from server`,
  );
}

function checkServer({ client, say }: Task): void {
  const { state, address } = client.server;
  const text = state === "connected"
    ? `client is connected to server ${formatAddress(address)}`
    : state === "lost"
    ? `client has lost server ${formatAddress(address)} and tries to reach it again`
    : "client is not connected to server";
  say({ type: "server", state }, text);
}
