/**
 * What may import what: the layers of `lib/`, and the folders of it that are pure.
 */

import project from "../../deno.json" with { type: "json" };

/** Folders of `lib/`, from the lowest layer to the highest; folders of one layer do not know each other. */
const LAYERS: readonly (readonly string[])[] = [
  ["bytes", "paths"],
  ["bencode", "framing"],
  ["metainfo", "net"],
  ["storage", "web"],
  ["tracker", "peer"],
  ["cli"],
];

/** Code without effects, folders and files: what it needs of the time or of chance it is given. */
const PURE_PATHS: readonly string[] = [
  "lib/bytes",
  "lib/bencode",
  "lib/framing",
  "lib/metainfo",
  "lib/net/swarm_key/noise.ts",
  "lib/net/swarm_key/swarm_key.ts",
  "lib/tracker/protocol",
  "lib/tracker/swarm",
  "lib/tracker/limits.ts",
  "lib/tracker/tracker_limits.ts",
  "lib/tracker/refused_error.ts",
  "lib/peer/wire",
  "lib/peer/policy",
  "lib/peer/limits.ts",
];

/** What pure code may use of `lib/net`: the arithmetic of addresses and their packed form. Types it may use of anything. */
const PURE_NET: ReadonlySet<string> = new Set([
  "IPV4_LENGTH",
  "IPV6_LENGTH",
  "decodeCompactPeers",
  "decodePaddedPeers",
  "encodeCompactPeers",
  "foldMapped",
  "formatAddress",
  "formatIp",
  "ipBytes",
  "ipv4Number",
  "isIpv4",
  "isIpv6",
  "isLoopback",
  "networkOf",
  "ADDRESS_SHARES_A_NETWORK",
  "isUnicast",
  "parseAddress",
  "writeIpv4",
]);

/** Whether a path lies inside a folder. */
export function isWithin(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** Whether a path is one of pure code. */
export function isPure(path: string): boolean {
  return PURE_PATHS.some((pure) => path === pure || isWithin(path, pure));
}

function layerOf(path: string): { folder: string; rank: number } | undefined {
  const folder = /^lib\/([^/]+)\//.exec(path)?.[1];
  if (folder === undefined) return undefined;
  return { folder, rank: LAYERS.findIndex((layer) => layer.includes(folder)) };
}

/** The path of the project that a relative specifier means. */
function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** An import as the rules see it: types alone, the arithmetic of addresses alone, or any values. */
export type ImportKind = "type" | "address" | "value";

/** Why a file must not import a package; `undefined` if it may. */
function packageFault(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("@std/")) return undefined;
  if (isPure(from)) return `pure code imports "${specifier}"`;
  if (specifier.startsWith("node:") || Object.hasOwn(project.imports, specifier)) return undefined;
  return `imports "${specifier}", which does not go through the import map of deno.json`;
}

/** Why `from` must not import `specifier`; `undefined` if it may. */
export function importFault(from: string, specifier: string, kind: ImportKind): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return packageFault(from, specifier);
  const to = resolve(from, specifier);
  if (to === "deno.json" && isWithin(from, "lib/cli")) return undefined;
  const source = layerOf(from);
  const target = layerOf(to);
  if (target === undefined) return `imports ${to}, which is not in lib/`;
  if (target.rank < 0) return `imports ${to}, whose folder belongs to no layer`;
  if (from === "main.ts") {
    return target.folder === "cli" ? undefined : `imports ${to}; main.ts knows only lib/cli`;
  }
  if (from === "mod.ts") {
    return target.folder === "cli" ? `imports ${to}; the library does without lib/cli` : undefined;
  }
  if (source === undefined || source.rank < 0) return `stands in a folder that belongs to no layer`;
  const isHarmless = kind === "type" || (kind === "address" && to === "lib/net/mod.ts");
  if (isPure(from) && !isPure(to) && !isHarmless) return `pure code imports impure ${to}`;
  if (source.folder === target.folder) return undefined;
  if (target.rank > source.rank) return `imports upwards: ${to}`;
  if (target.rank === source.rank) return `imports sideways: ${to}`;
  return to.endsWith("/mod.ts") ? undefined : `imports ${to} past the mod.ts of its folder`;
}

/** What an import declaration takes. */
export function kindOf({ importKind, specifiers }: Deno.lint.ImportDeclaration): ImportKind {
  if (importKind === "type") return "type";
  const values = specifiers.filter((each) =>
    each.type !== "ImportSpecifier" || each.importKind !== "type"
  );
  const areAddresses = values.every((each) =>
    each.type === "ImportSpecifier" && each.imported.type === "Identifier" &&
    PURE_NET.has(each.imported.name)
  );
  if (specifiers.length > 0 && values.length === 0) return "type";
  return specifiers.length > 0 && areAddresses ? "address" : "value";
}
