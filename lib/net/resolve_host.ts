import { isIpv4, isIpv6 } from "./address.ts";

/** Gives all IP addresses that a host stands for; a host that is one stands for itself. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** The part of Node's resolver that is used here. */
interface NodeDns {
  lookup(
    host: string,
    options: { readonly all: true },
    done: (error: Error | null, addresses?: readonly { readonly address: string }[]) => void,
  ): void;
}

interface RuntimeWithNode {
  readonly process?: { getBuiltinModule?(name: "node:dns"): NodeDns | undefined };
}

/**
 * Looks a host up as the system does when it is connected to: in its file of hosts, too, and by
 * multicast, which the runtime's own resolver does not ask. Needs the permission `--allow-net`.
 *
 * @throws {Deno.errors.NotCapable} if the permission is missing for this host
 * @throws {Error} if nobody knows it
 */
export async function resolveHost(host: string): Promise<readonly string[]> {
  if (isIpv4(host) || isIpv6(host)) return [host];
  const dns = (globalThis as RuntimeWithNode).process?.getBuiltinModule?.("node:dns");
  if (dns === undefined) throw new Error("the runtime cannot look names up");
  const found = Promise.withResolvers<readonly string[]>();
  dns.lookup(host, { all: true }, (error, addresses) => {
    if (error === null) found.resolve((addresses ?? []).map(({ address }) => address));
    else found.reject(isForbidden(error) ? notCapable(host) : error);
  });
  return await found.promise;
}

/** Whether Node's resolver means that the permission is missing. */
function isForbidden(error: Error): boolean {
  return "code" in error && error.code === "EPERM";
}

/** The error that the runtime's own functions throw then, with the flag. */
function notCapable(host: string): Error {
  return new Deno.errors.NotCapable(
    `Requires net access to "${host}", run again with the --allow-net flag`,
  );
}
