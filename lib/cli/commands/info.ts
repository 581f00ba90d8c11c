import { formatMagnet, type MagnetLink, parseMagnet, type Torrent } from "../../metainfo/mod.ts";
import { hasNoKey, redactUrl } from "../../tracker/client/mod.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { readTorrentFile } from "../find_torrent.ts";
import type { Output } from "../output.ts";
import { printable } from "../printable.ts";
import { formatBytes } from "../units.ts";

/** Shows what a torrent file or a magnet link says; announce URLs without their keys, if that is not wanted. */
export async function run({ args, output }: Context): Promise<ExitCode> {
  const [what = ""] = args.operands;
  const isShown = args.has("show-keys");
  if (/^magnet:/i.test(what)) {
    const link = parseMagnet(what);
    showMagnet(isShown ? link : { ...link, trackers: link.trackers.map(redactUrl) }, output);
  } else {
    const torrent = await readTorrentFile(what);
    const linked = isShown ? torrent.trackers.flat() : torrent.trackers.flat().filter(hasNoKey);
    const trackers = isShown
      ? torrent.trackers
      : torrent.trackers.map((tier) => tier.map(redactUrl));
    showTorrent({ ...torrent, trackers }, linked, output);
  }
  return EXIT.done;
}

function showMagnet(link: MagnetLink, output: Output): void {
  output.result(
    { type: "magnet", ...link },
    formatFacts([
      ["info-hash", link.infoHash],
      ["name", link.name],
      ["files", link.selectOnly],
      ["size", link.length === undefined ? undefined : describeSize(link.length)],
      ...link.trackers.map((url) => ["tracker", url] as const),
      ...link.peers.map((peer) => ["peer", peer] as const),
      ...(link.webSeeds ?? []).map((url) => ["web seed", url] as const),
    ]),
  );
}

function showTorrent(
  { info, trackers, webSeeds, comment, createdBy, creationDate }: Torrent,
  linked: readonly string[],
  output: Output,
): void {
  const { name, infoHash, layout, privacy, shape } = info;
  const magnet = formatMagnet({
    infoHash,
    name,
    trackers: linked,
    peers: [],
    webSeeds,
    length: layout.totalLength,
  });
  const created = creationDate === undefined
    ? undefined
    : new Date(creationDate * 1000).toISOString();
  const files = info.files.map((file) => ({
    path: [name, ...file.path].join("/"),
    length: file.length,
  }));
  output.result(
    {
      type: "torrent",
      name,
      infoHash,
      magnet,
      shape,
      privacy,
      bytes: layout.totalLength,
      pieceLength: layout.pieceLength,
      chunks: layout.pieceCount,
      trackers,
      webSeeds,
      comment,
      createdBy,
      created,
      files,
    },
    [
      formatFacts([
        ["name", name],
        ["info-hash", infoHash],
        ["magnet", magnet],
        ["size", describeSize(layout.totalLength)],
        ["chunks", `${layout.pieceCount} of ${formatBytes(layout.pieceLength)}`],
        ["private", privacy === "private" ? "yes" : undefined],
        ...trackers.map((tier) => ["trackers", tier.join(", ")] as const),
        ...webSeeds.map((url) => ["web seed", url] as const),
        ["comment", comment],
        ["made by", createdBy],
        ["made at", created],
        ["files", shape === "folder" ? String(files.length) : undefined],
      ]),
      ...(shape === "folder"
        ? files.map(({ path, length }) => `  ${printable(path, 1_000)}  ${formatBytes(length)}`)
        : []),
    ].join("\n"),
  );
}

function describeSize(bytes: number): string {
  return bytes < 1_000 ? `${bytes} B` : `${formatBytes(bytes)} (${bytes} bytes)`;
}

function formatFacts(facts: readonly (readonly [string, string | undefined])[]): string {
  return facts
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key.padEnd(10)} ${printable(value ?? "", 2_000)}`)
    .join("\n");
}
