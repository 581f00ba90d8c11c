import type { Clock } from "./clock.ts";
import { SPARE_DESCRIPTORS, SPARING_MS } from "./limits.ts";
import type { Connection } from "./transport.ts";

/** The time in which whoever lacks a descriptor tries again, in milliseconds. */
const RELIEF_MS = 250;

/** What {@linkcode OpenDoors} asks of a door. */
interface SparingDoor {
  /** How many connections it serves whose other end has not shown who it is. */
  readonly strangers: number;
  /** How many connections it serves. */
  readonly size: number;
  /** Closes some of them, and serves no more than are left for a while. */
  shed(): void;
}

/**
 * The doors of this process at which strangers use up descriptors, without one of which no file can be
 * opened, and nothing that is done can be put in its place.
 */
class OpenDoors {
  readonly #doors = new Set<SparingDoor>();

  /** Counts a door as open until the result is disposed of. */
  open(door: SparingDoor): Disposable {
    this.#doors.add(door);
    return { [Symbol.dispose]: () => void this.#doors.delete(door) };
  }

  /**
   * Has the door with the most strangers close some connections, if an error says that this process has too many
   * files open (`EMFILE`). Of those of the whole machine (`ENFILE`) others may have opened most.
   */
  relieve(error: unknown): void {
    if (codeOf(error) !== "EMFILE") return;
    const [fullest] = [...this.#doors].sort((a, b) => b.strangers - a.strangers || b.size - a.size);
    if (fullest !== undefined && fullest.size > 0) fullest.shed();
  }
}

/** The doors of this process. */
export const openDoors: OpenDoors = new OpenDoors();

/** How many connections one door may have, and which are closed when descriptors are used up. */
export class SpareDescriptors {
  readonly #clock: Clock;
  #maxConnections = Infinity;
  #sinceMs = -Infinity;

  /** Makes one for a door that has closed none yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many connections there may be now: for a minute no more than were left. */
  get maxConnections(): number {
    return this.#clock.now() - this.#sinceMs < SPARING_MS ? this.#maxConnections : Infinity;
  }

  /**
   * Chooses the connections to close: {@linkcode SPARE_DESCRIPTORS}, but that many stay, and none right
   * after others, for many may ask at once. Strangers go first, and among them those that came last.
   *
   * @param connections all of the door, those that came last at the end
   */
  choose(
    connections: readonly Connection[],
    isKnown: (connection: Connection) => boolean,
  ): readonly Connection[] {
    const nowMs = this.#clock.now();
    if (nowMs - this.#sinceMs < RELIEF_MS) return [];
    this.#maxConnections = Math.max(SPARE_DESCRIPTORS, connections.length - SPARE_DESCRIPTORS);
    this.#sinceMs = nowMs;
    const known = connections.filter(isKnown);
    const strangers = connections.filter((connection) => !isKnown(connection));
    return [...known, ...strangers].slice(this.#maxConnections);
  }
}

/** Whether an error says that too many files are open (`EMFILE`, `ENFILE`), which passes by itself. */
export function isOutOfDescriptors(error: unknown): boolean {
  const code = codeOf(error);
  return code === "EMFILE" || code === "ENFILE";
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
