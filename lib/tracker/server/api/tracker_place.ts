import { formatAddress, isLoopback, LocalAddresses } from "../../../net/mod.ts";
import { namedHost, type PageGuard } from "../../../web/mod.ts";
import type { TrackerContext } from "../context.ts";
import type { Visit } from "../routes/route.ts";
import type { ClientAddress } from "../visitors.ts";

/** Addresses that are none of ours, for documentation: what faces them is our address in the network. */
const SOMEWHERE = { ipv4: "192.0.2.1", ipv6: "2001:db8::1" };

/** What a {@linkcode TrackerPlace} works with. */
export interface TrackerPlaceOptions {
  readonly context: Pick<TrackerContext, "doors" | "clock">;
  /** Tells who is on this machine. */
  readonly guard: Pick<PageGuard, "isLocal">;
  /** How a visitor's address is told; by his connection unless this says otherwise. */
  readonly toldBy?: ClientAddress | undefined;
  /** The addresses of this machine; those that the system tells by default. */
  readonly locals?: LocalAddresses | undefined;
}

/**
 * Where a visitor and those to whom he gives a link find the HTTP door.
 *
 * That is where he found it himself. Who sits at this machine names it `localhost`, which leads others to
 * their own machine: then it is the address that this machine has in its network, if the door is open at
 * it, too.
 */
export class TrackerPlace {
  readonly #options: TrackerPlaceOptions;
  readonly #locals: LocalAddresses;

  /** Makes one that has been asked nothing. */
  constructor(options: TrackerPlaceOptions) {
    this.#options = options;
    this.#locals = options.locals ?? new LocalAddresses();
  }

  /** `HOST:PORT`, or what a visitor named. */
  of({ request, host }: Pick<Visit, "request" | "host">): string {
    const { guard, toldBy = "connection" } = this.#options;
    const named = namedHost(request);
    // Where a proxy is before it, the port of the door is none at which others find it.
    const isHere = toldBy === "connection" && guard.isLocal(request, host) && isOwnName(named);
    return isHere ? this.#inNetwork() ?? named : named;
  }

  #inNetwork(): string | undefined {
    const { doors, clock } = this.#options.context;
    const door = doors.find(({ door }) => door === "http");
    if (door === undefined) return undefined;
    const facing = (other: string) => this.#locals.facing(other, clock.now());
    const address = door.host === "0.0.0.0"
      ? facing(SOMEWHERE.ipv4)
      : door.host === "::"
      ? facing(SOMEWHERE.ipv4) ?? facing(SOMEWHERE.ipv6)
      : undefined;
    return address && formatAddress({ host: address, port: door.port });
  }
}

/** Whether `HOST:PORT` is a name by which a machine reaches only itself. */
function isOwnName(named: string): boolean {
  const [, bracketed, plain = ""] = /^(?:\[([^\]]*)\]|([^:]*))/.exec(named) ?? [];
  const name = (bracketed ?? plain).replace(/\.$/, "");
  return isLoopback(name) || name.endsWith(".localhost");
}
