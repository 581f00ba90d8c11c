import type { ExpectedBody } from "../../../net/mod.ts";

/** A request for something else than an announce or a scrape. */
export interface Visit {
  /** The request as it came, with the token, if there is one, still in its URL. */
  readonly request: Request;
  /** The path without the token, from its `/`; as it was sent, with its escapes. */
  readonly path: string;
  /** The path before that: `/TOKEN`, or nothing where there is none. */
  readonly base: string;
  /** Whoever asks, by his IP address. */
  readonly host: string;
  /** Lets whoever asks send so many bytes, which are more than other requests have, if he is to. */
  readonly expectBody?: ExpectBody | undefined;
}

/** Has the door let in a request of so many bytes; nothing where it has no bounds. */
export type ExpectBody = (bytes: number) => ExpectedBody | undefined;

/** Something that the HTTP door has besides announces and scrapes. */
export interface Route {
  /**
   * Who is answered: who knows the token, where the tracker wants one; or anybody, also whom a proxy does
   * not name, and as often as he likes.
   */
  readonly admission: "token" | "anybody";
  /** Answers a visit, if it is for this route. */
  answer(visit: Visit): Response | Promise<Response> | undefined;
  /** Begins what goes on by itself while the door is open. */
  begin?(): Disposable;
}
