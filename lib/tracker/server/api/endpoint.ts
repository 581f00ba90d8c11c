import type { InfoHash } from "../../../bytes/mod.ts";
import { ApiError } from "../../../web/mod.ts";
import type { Visit } from "../routes/route.ts";

/** What is asked of the API. */
export interface Asked {
  /** The request. */
  readonly visit: Visit;
  /** The parts of the path that the endpoint leaves open, by their names; decoded. */
  readonly parameters: ReadonlyMap<string, string>;
  /** What follows the path. */
  readonly query: URLSearchParams;
  /** Where the visitor, and others, find this tracker: `http://HOST:PORT`, and the token, if there is one. */
  readonly trackerUrl: string;
}

/** One thing that the API does. */
export interface Endpoint {
  /** By which method. */
  readonly method: "GET" | "POST";
  /** At which path below `/api/v1`; what differs from one request to the other in braces. */
  readonly path: string;
  /**
   * Answers.
   *
   * @throws {ApiError} if what is asked for cannot be given
   */
  answer(asked: Asked): Response | Promise<Response>;
}

/** The error of a torrent that the tracker does not know. */
export function unknownFile(infoHash: InfoHash): ApiError {
  return new ApiError(404, `Cannot find torrent ${infoHash}: /api/v1/files lists those there are`);
}
