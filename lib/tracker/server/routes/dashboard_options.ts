import type { Audience } from "../../../web/mod.ts";

/** For whom the pages of a tracker and their API are. */
export interface DashboardOptions {
  /** From where they may be asked for. */
  readonly audience: Audience;
  /** Names by which the machine may be asked for them, besides its addresses and `localhost`. */
  readonly names?: readonly string[];
  /** The version of the program, for those who ask. */
  readonly version?: string;
}
