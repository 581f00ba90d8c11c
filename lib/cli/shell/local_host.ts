const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** The address under which people know this machine, as far as it can be told without asking anybody. */
export function localHost(listenHost: string): string {
  if (!WILDCARDS.has(listenHost)) return listenHost;
  const permission = { name: "sys", kind: "networkInterfaces" } as const;
  if (Deno.permissions.querySync(permission).state !== "granted") return "127.0.0.1";
  const outside = Deno.networkInterfaces().find(({ family, address }) =>
    family === "IPv4" && !address.startsWith("127.") && !address.startsWith("169.254.")
  );
  return outside?.address ?? "127.0.0.1";
}
