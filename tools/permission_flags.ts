/** A permission set as `deno.json` has it: all of a kind, or a list. */
export type PermissionSet = Readonly<Record<string, boolean | readonly string[]>>;

/** The flags that grant what a permission set grants, for versions of the runtime without `-P`. */
export function permissionFlags(set: PermissionSet): string[] {
  return Object.entries(set).flatMap(([kind, granted]) => {
    if (granted === false) return [];
    return granted === true ? [`--allow-${kind}`] : [`--allow-${kind}=${granted.join(",")}`];
  });
}
