import type { InfoHash } from "../../bytes/mod.ts";

/** A file that a visitor of the HTTP door hands in. */
export interface HandedIn {
  /** What it is to be called; the text of a stranger, to be checked. */
  readonly name: string;
  /** How many bytes it has; others may come. */
  readonly length: number;
  /** The bytes, once. */
  readonly body: ReadableStream<Uint8Array>;
}

/** What takes in files that visitors hand in, and shares them; the tracker itself has no data. */
export interface Uploads {
  /** Bytes of a file at most. */
  readonly maxBytes: number;
  /**
   * Who may hand in files, of those who may see the dashboard: this machine, and others if they need a
   * token, or everybody.
   */
  readonly audience: "this machine or with a token" | "everybody";
  /**
   * Takes in a file and shares it; the tracker knows it then.
   *
   * @throws {UploadError} if it cannot
   */
  take(file: HandedIn): Promise<InfoHash>;
}

/** A file cannot be taken in; nothing of it is left. The message is a sentence with the way out. */
export class UploadError extends Error {
  /** The name of the class, for messages. */
  override name = "UploadError";

  /** Makes the error with a status of HTTP: a bad name, a file that is there already, a full disk, a fault. */
  constructor(readonly status: 400 | 409 | 500 | 507, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
