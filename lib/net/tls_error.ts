/** What stands between two sides who would speak TLS. */
export type TlsProblem =
  | "untrusted"
  | "authority"
  | "name"
  | "expired"
  | "early"
  | "plain"
  | "certificate"
  | "key"
  | "mismatch"
  | "other";

/** How the runtime's messages tell of each problem, and what is said of it. */
const PROBLEMS: readonly (readonly [TlsProblem, RegExp, string])[] = [
  [
    "untrusted",
    /UnknownIssuer/,
    "its certificate is of no authority that is trusted here; --tls-ca FILE names the authority's",
  ],
  [
    "authority",
    /CaUsedAsEndEntity/,
    "its certificate is one of an authority, which is none of a server; " +
    "it needs one that is made with basicConstraints=CA:FALSE",
  ],
  ["name", /not valid for name|NotValidForName/, "its certificate is for another name"],
  [
    "expired",
    /\bexpired\b/i,
    "its certificate has expired; it needs a new one, unless the clock of this machine is wrong",
  ],
  [
    "early",
    /not valid yet|NotValidYet/i,
    "its certificate is not valid yet, unless the clock of this machine is wrong",
  ],
  [
    "plain",
    /corrupt message|handshake eof|unexpected end of file/,
    "it does not speak TLS; name it without tls:// or https://",
  ],
  ["certificate", /No certificates found/, "there is no certificate in PEM form"],
  ["key", /No keys found/, "there is no private key in PEM form that is not encrypted"],
  ["mismatch", /KeyMismatch/, "the private key is not that of the certificate"],
];

/** TLS cannot be spoken; the message says why, in a clause of which the other side is the subject. */
export class TlsError extends Error {
  /** The name of the class, for messages. */
  override name = "TlsError";

  /** Makes the error of a problem and what it came from. */
  constructor(
    /** What it is. */
    readonly problem: TlsProblem,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** The problem of TLS that a message of the runtime tells of, if it is one. */
export function tlsErrorOf(message: string, cause?: unknown): TlsError | undefined {
  const [problem, , text] = PROBLEMS.find(([, pattern]) => pattern.test(message)) ?? [];
  if (problem === undefined || text === undefined) return undefined;
  const [, names] = /only valid for (.+)$/.exec(message) ?? [];
  const isNamed = problem === "name" && names !== undefined;
  return new TlsError(problem, isNamed ? `${text}; it is for ${plainNames(names)}` : text, cause);
}

/** An error of the runtime that comes of TLS as one of ours; any other error as it is. */
export function namedTlsError(error: unknown): unknown {
  if (!(error instanceof Deno.errors.InvalidData)) return error;
  return tlsErrorOf(error.message, error) ?? new TlsError("other", error.message, error);
}

/** The names of a certificate as people write them, in place of how the runtime shows them. */
function plainNames(shown: string): string {
  return shown.replace(/DnsName\("([^"]*)"\)/g, "$1").replace(/IpAddress\(([^)]*)\)/g, "$1");
}
