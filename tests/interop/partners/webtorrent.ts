import { dirname, fromFileUrl } from "@std/path";
import type { Partner } from "../partner.ts";
import { RunningPartner } from "../running_partner.ts";

const PEER = fromFileUrl(import.meta.resolve("./webtorrent_peer.mjs"));
const PACKAGE = "webtorrent@3.0.21";

/** The folder of modules in which npx has the package; undefined if it cannot be had. */
function findModules(): string | undefined {
  // Scripts would build or fetch binary parts, none of which is needed here.
  const flags = ["--yes", "--prefer-offline", "--ignore-scripts", "--fetch-retries=1"];
  const look = ["node", "--print", "process.env.PATH.split(':')[0]"];
  try {
    const { success, stdout } = new Deno.Command("npx", {
      args: [...flags, `--package=${PACKAGE}`, "--", ...look],
      stdin: "null",
      stderr: "null",
    }).outputSync();
    return success ? dirname(new TextDecoder().decode(stdout).trim()) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const modules = findModules();

/** WebTorrent on Node.js, without WebRTC. */
export const WEBTORRENT: Partner = {
  name: "webtorrent",
  missing: modules === undefined ? ` (skipped: npx cannot get ${PACKAGE})` : "",
  network: "loopback",
  start: ({ source, folder, spot, port }) => {
    const command = [...spot.enter, "node", PEER, modules ?? "", source, folder, String(port)];
    const isWhole = (text: string) => /^whole$/m.test(text);
    return Promise.resolve(new RunningPartner({ command, isWhole, complaint: /^complaint: / }));
  },
};
