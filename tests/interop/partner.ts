import type { NetworkKind, Spot } from "./network.ts";
import type { RunningPartner } from "./running_partner.ts";

/** What a partner is started with. */
export interface PartnerStart {
  /** A torrent file or a magnet link. */
  readonly source: string;
  /** The folder of the data, which may be there or not. */
  readonly folder: string;
  /** An empty folder for its settings and logs. */
  readonly home: string;
  /** Where it is to run. */
  readonly spot: Spot;
  /** The port at which it is to listen for peers. */
  readonly port: number;
}

/** A client of others, which can take part in our swarms. */
export interface Partner {
  /** Its name, for the names of tests. */
  readonly name: string;
  /** Why it cannot be tried on this machine; empty if it can. */
  readonly missing: string;
  /** The kind of network that it needs. */
  readonly network: NetworkKind;
  /** Starts it. */
  start(options: PartnerStart): Promise<RunningPartner>;
}

/** Why a program cannot be tried, as a part of names of tests; empty if it ends well. */
export function reasonToSkip(program: string, args: readonly string[]): string {
  try {
    const { success } = new Deno.Command(program, { args: [...args], stdin: "null" }).outputSync();
    return success ? "" : ` (skipped: ${program} ${args.join(" ")} fails)`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return ` (skipped: there is no ${program})`;
  }
}

/** Ports below those that systems pick by themselves: nobody gets one of them by chance. */
const PORTS = { from: 20_000, count: 10_000 };
let nextPort = Math.floor(Math.random() * PORTS.count);

/** A port that is free now, for a program that cannot pick one by itself; another one each time. */
export function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = PORTS.from + nextPort++ % PORTS.count;
    try {
      using _ = Deno.listen({ port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("No port is free");
}
