import { type Bitfield, encodeHex } from "../../bytes/mod.ts";
import { pieceHash } from "../../metainfo/mod.ts";
import { formatAddress } from "../../net/mod.ts";
import type { Torrent } from "../../peer/mod.ts";
import { drawChunkMap } from "../chunk_map.ts";
import { CliError } from "../cli_error.ts";
import { describeWait } from "../disk_news.ts";
import { EXIT } from "../exit_code.ts";
import { printable } from "../printable.ts";
import { formatBytes } from "../units.ts";
import { formatChunkName } from "./chunk_name.ts";
import { clientName } from "./client_name.ts";
import { reportFaults } from "./report_faults.ts";
import type { ShellClient } from "./shell_client.ts";
import type { ShellCommand, Task } from "./shell_command.ts";

/** Chunks whose status is written as 1 and 0; of more, a map is drawn. */
const MAX_DIGITS = 64;

/** Cells of a chunk map. */
const MAP_CELLS = 64;

/** The commands that show what is known. */
export const SEE_COMMANDS: readonly ShellCommand[] = [
  {
    name: "see_this_client_info",
    forms: [[]],
    summary: "show this client: address, port, chunks, bytes received and sent",
    details: "",
    run: seeThisClient,
  },
  {
    name: "see_client_set",
    forms: [[]],
    summary: "show the clients of which the server told",
    details: "get_client_set asks the server anew.",
    run: seeClientSet,
  },
  {
    name: "see_connected",
    forms: [[]],
    summary: "show the clients that are connected",
    details: "",
    run: seeConnected,
  },
  {
    name: "see_torrent_struct",
    forms: [[], ["NAME"]],
    summary: "show the files and their chunks",
    details: "With a name, only those of that file.",
    run: seeTorrentStruct,
  },
  {
    name: "see_chunk_status",
    forms: [[], ["NAME"]],
    summary: "show which chunks are held: 1, and which are not: 0",
    details: "With a name, only those of that file.",
    run: seeChunkStatus,
  },
];

function seeThisClient({ client, say }: Task): void {
  const { host, port } = client.self;
  const torrents = [...client.torrents.values()];
  const totals = torrents.map(({ status }) => status);
  const downloaded = totals.reduce((sum, status) => sum + status.downloaded, 0);
  const uploaded = totals.reduce((sum, status) => sum + status.uploaded, 0);
  const lines = totals.map(({ name, held, obstacle }) =>
    `  ${printable(name)}: ${describeHeld(held)}` +
    (obstacle === undefined ? "" : `, ${describeWait(obstacle)}`)
  );
  const waiting = totals.filter(({ obstacle }) => obstacle !== undefined).map(({ name }) => name);
  say(
    {
      type: "this-client",
      ...{ ip: host, port, downloaded, uploaded },
      chunks: Object.fromEntries(
        torrents.map(({ store }) => [store.info.name, digits(store.held)]),
      ),
      ...(waiting.length > 0 && { waiting }),
    },
    [
      `ip: ${host}`,
      `listen_port: ${port}`,
      ...(lines.length > 0 ? ["chunk_status:", ...lines] : ["chunk_status: no torrents"]),
      `downloaded: ${formatBytes(downloaded)}`,
      `uploaded: ${formatBytes(uploaded)}`,
    ].join("\n"),
  );
}

function seeClientSet({ client, say }: Task): void {
  const { clients } = client.server;
  if (clients.length === 0) {
    return say({ type: "empty" }, "No clients are known; get_client_set asks the server for them");
  }
  const ourselves = formatAddress(client.self);
  for (const known of clients) {
    const isSelf = formatAddress(known) === ourselves;
    const told = known.torrents.map(({ infoHash, name, held, chunks, bits }) => {
      const text = bits === undefined ? `${held}/${chunks}` : describeHeld(bits);
      return `  ${printable(name ?? infoHash)}: ${text}`;
    });
    // What is held here is known without the server.
    const own = [...client.torrents.values()].map(({ store: { info, held } }) =>
      `  ${printable(info.name)}: ${describeHeld(held)}`
    );
    const holdings = isSelf ? own : told;
    const torrents = known.torrents.map(({ infoHash, name, held, chunks, bits }) => ({
      ...{ infoHash, name, held, chunks },
      bits: bits && digits(bits),
    }));
    const { host, port, agent } = known;
    say(
      { type: "client", ...{ host, port, agent, torrents } },
      [
        `${clientName(known)} ${printable(agent, 64)}${isSelf ? " (this client)" : ""}`,
        ...(holdings.length > 0 ? holdings : ["  holds nothing"]),
      ].join("\n"),
    );
  }
}

function seeConnected({ client, say }: Task): void {
  if (client.links.length === 0) {
    return say({ type: "empty" }, "No clients are connected; connect_client connects one");
  }
  for (const { torrent, link } of client.links) {
    const { name } = torrent.store.info;
    const { address, bits } = link;
    const program = printable(link.session.extended.client ?? "unknown client", 64);
    say(
      { type: "connected", ...address, name, client: program, chunks: digits(bits) },
      `${clientName(address)} ${program}, ${printable(name)}: ${describeHeld(bits)}`,
    );
  }
}

async function seeTorrentStruct(task: Task): Promise<void> {
  reportFaults(await task.client.openAll(task.signal), task.say);
  for (const { store: { info } } of await chosenTorrents(task)) {
    const { layout } = info;
    const chunks = [...layout.pieceIndices()].map((index) => ({
      chunk: formatChunkName(info, index),
      length: layout.pieceSize(index),
      sha1: encodeHex(pieceHash(info, index)),
    }));
    task.say(
      {
        type: "torrent",
        ...{ name: info.name, infoHash: info.infoHash, length: layout.totalLength },
        ...{ chunkLength: layout.pieceLength, chunks },
      },
      [
        `${printable(info.name)}: ${
          formatBytes(layout.totalLength)
        } in ${layout.pieceCount} chunks of ` +
        `${formatBytes(layout.pieceLength)}, info-hash ${info.infoHash}`,
        ...chunks.map(({ chunk, length, sha1 }) => `  ${chunk}  ${length} bytes  ${sha1}`),
      ].join("\n"),
    );
  }
}

async function seeChunkStatus(task: Task): Promise<void> {
  reportFaults(await task.client.openAll(task.signal), task.say);
  for (const { store: { info, held } } of await chosenTorrents(task)) {
    const lines = [...info.layout.pieceIndices()].map((index) =>
      `${formatChunkName(info, index)}: ${held.has(index) ? 1 : 0}`
    );
    const report = { type: "chunk-status", name: info.name, chunks: digits(held) };
    task.say(
      report,
      lines.length === 0 ? `${printable(info.name)} has no chunks` : lines.join("\n"),
    );
  }
}

/** The torrent that was named, or all. */
async function chosenTorrents({ client, operands, signal }: Task): Promise<readonly Torrent[]> {
  const [name] = operands;
  if (name === undefined) return allTorrents(client);
  const torrent = await client.kept(name, signal);
  if (torrent !== undefined) return [torrent];
  throw new CliError(
    EXIT.error,
    `Cannot show ${printable(name)}: there is no ${client.library.torrentPath(name)}`,
  );
}

function allTorrents(client: ShellClient): readonly Torrent[] {
  if (client.torrents.size > 0) return [...client.torrents.values()];
  throw new CliError(
    EXIT.error,
    `No torrent is open: ${client.library.chunks} has no torrent file; "sluice chunk FILE" makes ` +
      "one, request_download NAME fetches one that the server knows",
  );
}

function describeHeld(held: Bitfield): string {
  const map = held.length <= MAX_DIGITS ? digits(held) : drawChunkMap(held, MAP_CELLS);
  return `${map} (${held.count}/${held.length})`;
}

function digits(held: Bitfield): string {
  return Array.from({ length: held.length }, (_, index) => held.has(index) ? "1" : "0").join("");
}
