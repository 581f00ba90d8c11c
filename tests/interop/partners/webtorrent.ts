import { fromFileUrl } from "@std/path";
import { type Partner, reasonToSkip } from "../partner.ts";
import { RunningPartner } from "../running_partner.ts";

const PEER = fromFileUrl(import.meta.resolve("./webtorrent_peer.mjs"));
const PACKAGE = "webtorrent@3.0.21";

/** Prints the folder of modules in which the package lies, one of those whose programs npx adds. */
const LOOK = `process.env.PATH.split(":")
  .map((programs) => path.dirname(programs))
  .find((modules) => fs.existsSync(path.join(modules, "webtorrent")))`;

/** The folder of modules in which npx has the package; undefined if it cannot be had. */
function findModules(): string | undefined {
  // Scripts would build or fetch binary parts, none of which is needed here.
  const flags = ["--yes", "--prefer-offline", "--ignore-scripts", "--fetch-retries=1"];
  try {
    const { success, stdout } = new Deno.Command("npx", {
      args: [...flags, `--package=${PACKAGE}`, "--", "node", "--print", LOOK],
      stdin: "null",
      stderr: "null",
    }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Why the package cannot be tried: npx has it not, or it needs another Node.js. */
function reasonToSkipWith(modules: string | undefined): string {
  if (modules === undefined) return ` (skipped: npx cannot get ${PACKAGE})`;
  const reason = reasonToSkip("node", [PEER, modules]);
  return reason === "" ? "" : ` (skipped: this Node.js cannot run ${PACKAGE})`;
}

const modules = findModules();

/** WebTorrent on Node.js, without WebRTC. */
export const WEBTORRENT: Partner = {
  name: "webtorrent",
  missing: reasonToSkipWith(modules),
  network: "loopback",
  start: ({ source, folder, spot, port }) => {
    const command = [...spot.enter, "node", PEER, modules ?? "", source, folder, String(port)];
    const isWhole = (text: string) => /^whole$/m.test(text);
    return Promise.resolve(new RunningPartner({ command, isWhole, complaint: /^complaint: / }));
  },
};
