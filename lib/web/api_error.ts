/** Something that an API refuses; the message is a sentence with the way out. */
export class ApiError extends Error {
  /** The name of the class, for messages. */
  override name = "ApiError";

  /** Makes the error with a status of HTTP. */
  constructor(
    readonly status: 400 | 403 | 404 | 409 | 411 | 413 | 500 | 503 | 507,
    message: string,
  ) {
    super(message);
  }
}
