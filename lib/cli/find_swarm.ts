import { type InfoHash, infoHashFromHex } from "../bytes/mod.ts";
import type { TrackerClient } from "../tracker/mod.ts";
import { CliError } from "./cli_error.ts";
import { EXIT } from "./exit_code.ts";
import { printable } from "./printable.ts";

/**
 * The torrent that the tracker knows by a name; 40 hexadecimal digits are an info-hash.
 *
 * @throws {CliError} if there is none of that name, or more than one
 */
export async function findSwarm(client: TrackerClient, name: string): Promise<InfoHash> {
  if (/^[0-9a-f]{40}$/i.test(name)) return infoHashFromHex(name);
  const { files } = await client.listFiles({ name, offset: 0, limit: 20 });
  const [file, ...others] = files;
  if (file === undefined) {
    throw new CliError(
      EXIT.trackerRefused,
      `Cannot show peers of ${
        printable(name)
      }: the tracker knows no such file; "sluice list" shows what it knows`,
    );
  }
  if (others.length > 0) {
    const hashes = files.map(({ infoHash }) => infoHash).join(", ");
    throw new CliError(
      EXIT.trackerRefused,
      `Cannot show peers of ${
        printable(name)
      }: several files have that name; name one of ${hashes}`,
    );
  }
  return file.infoHash;
}
