/**
 * A thread that hashes: tells when it has loaded, is sent one {@linkcode LaneWork} and tells how that goes.
 *
 * @module
 */
import { type LaneReport, type LaneWork, runLane } from "./hash_lane.ts";

const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<LaneWork>) => void;
  postMessage(report: LaneReport): void;
};

thread.onmessage = ({ data }) => runLane(data, (report) => thread.postMessage(report));
thread.postMessage({ type: "loaded" });
