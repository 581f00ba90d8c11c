import { dirname, join, resolve } from "../../paths/mod.ts";
import { createInfo, encodeTorrent } from "../../metainfo/mod.ts";
import { placeOf } from "../../net/mod.ts";
import { denoFileLayer, hashPaths, openLibrary, writeFileAtomic } from "../../storage/mod.ts";
import { CliError, UsageError } from "../cli_error.ts";
import type { Context } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { hashProgress } from "../hash_progress.ts";
import { choosePieceLength } from "../piece_length.ts";
import { printable } from "../printable.ts";
import { VERSION } from "../version.ts";

/** Makes the torrent file of a file or folder. */
export async function run({ args, output, interrupted }: Context): Promise<ExitCode> {
  const [what = ""] = args.operands;
  const webSeeds = args.all("web-seed");
  if (webSeeds.length > 0) await refuseOthers(webSeeds);
  const library = await openLibrary(args.text("library") ?? ".");
  const path = await library.resolveOriginal(what);
  const pieceLength = choosePieceLength(args);
  const hashed = await hashPaths({
    path,
    signal: interrupted,
    onProgress: hashProgress(output, what),
    ...(pieceLength !== undefined && { pieceLength }),
  });
  const info = await createInfo({
    ...hashed,
    privacy: args.has("private") ? "private" : "public",
  });
  const comment = args.text("comment");
  const file = encodeTorrent({
    info,
    trackers: args.all("announce").map((url) => [url]),
    webSeeds,
    createdBy: `Sluice ${VERSION}`,
    ...(comment !== undefined && { comment }),
  });
  const target = resolve(args.text("out") ?? join(".", `${info.name}.torrent`));
  if (await denoFileLayer.stat(target) !== undefined && !args.has("force")) {
    throw new CliError(
      EXIT.fileExists,
      `Cannot create ${target}: it exists; name another file with --out, or overwrite with --force`,
    );
  }
  await denoFileLayer.makeFolder(dirname(target));
  await writeFileAtomic(denoFileLayer, target, file);
  for (const skipped of hashed.skipped) {
    output.note({ type: "skipped", path: skipped }, `Left out ${printable(skipped)}: not a file`);
  }
  for (const url of webSeeds.filter(isWithin)) {
    output.note(
      { type: "private-web-seed", url },
      `${url} is on a private network: whoever fetches from it needs --allow-private-urls`,
    );
  }
  const { name, infoHash, layout } = info;
  output.result(
    { type: "created", name, infoHash, path: target, chunks: layout.pieceCount },
    `${target} (${infoHash}, ${layout.pieceCount} chunks)`,
  );
  return EXIT.done;
}

/** Refuses what is no URL of a web seed. */
async function refuseOthers(urls: readonly string[]): Promise<void> {
  const { isWebSeedUrl } = await import("../../peer/mod.ts"); // most torrents are made without
  for (const url of urls) {
    if (isWebSeedUrl(url)) continue;
    throw new UsageError(
      `Cannot use --web-seed ${url}: it must begin with http:// or https://` +
        ", and one in a network of your own may have no query",
    );
  }
}

/** Whether a web seed is where torrents lead only those who allow it. */
function isWithin(url: string): boolean {
  return placeOf(new URL(url).hostname) !== "anywhere";
}
