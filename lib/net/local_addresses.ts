import { foldMapped, isLoopback } from "./address.ts";
import { ipBytes } from "./ip_bytes.ts";

/** How long what the system said is believed, in milliseconds. */
const FRESH_MS = 10_000;

/** One address of this machine and the network that it is in. */
export interface LocalAddress {
  /** The address. */
  readonly address: string;
  /** The mask of its network, in the form of an address. */
  readonly netmask: string;
}

/** The addresses at which others can reach this machine, as they are now. */
export class LocalAddresses {
  readonly #look: () => readonly LocalAddress[];
  #known: readonly LocalAddress[] = [];
  #knownAtMs = -Infinity;

  /** Asks the system by default, which needs the permission `--allow-sys=networkInterfaces`. */
  constructor(look: () => readonly LocalAddress[] = askSystem) {
    this.#look = look;
  }

  /**
   * Where somebody at an address reaches this machine: in his network if we are in it, else at the
   * first address of the same family; `undefined` if there is none or it cannot be told.
   */
  facing(host: string, nowMs: number): string | undefined {
    const other = ipBytes(host);
    if (other === undefined) return undefined;
    const family = this.#fresh(nowMs).filter(({ address }) =>
      ipBytes(address)?.length === other.length
    );
    const near = family.find(({ address, netmask }) => isNear(other, address, netmask));
    return (near ?? family[0])?.address;
  }

  /** Whether a host is an address at which others can reach this machine. */
  includes(host: string, nowMs: number): boolean {
    const folded = foldMapped(host);
    return this.#fresh(nowMs).some(({ address }) => address === folded);
  }

  #fresh(nowMs: number): readonly LocalAddress[] {
    if (nowMs - this.#knownAtMs < FRESH_MS) return this.#known;
    this.#known = this.#look().filter(({ address }) => !isLoopback(address));
    this.#knownAtMs = nowMs;
    return this.#known;
  }
}

function isNear(other: Uint8Array, address: string, netmask: string): boolean {
  const own = ipBytes(address);
  const mask = ipBytes(netmask);
  if (own === undefined || mask?.length !== other.length) return false;
  return mask.every((bits, at) => (bits & own[at]!) === (bits & other[at]!));
}

/** What the system says; nothing if it may not be asked. Link-local addresses need a zone. */
function askSystem(): LocalAddress[] {
  const permission = { name: "sys", kind: "networkInterfaces" } as const;
  if (Deno.permissions.querySync(permission).state !== "granted") return [];
  return Deno.networkInterfaces()
    .filter(({ address }) => !/^(?:fe80:|169\.254\.)/i.test(address))
    .map(({ address, netmask }) => ({ address, netmask }));
}
