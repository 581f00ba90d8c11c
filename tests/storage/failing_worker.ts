/** The source of a thread that hashes pieces, and ends with an error before it has told of any. */
import { type LaneWork, runLane } from "../../lib/storage/hash_lane.ts";

addEventListener("message", (event) =>
  runLane((event as MessageEvent<LaneWork>).data, () => {
    throw new Error("A thread that fails, as it should not");
  }));
