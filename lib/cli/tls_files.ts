import {
  type Fetch,
  pinnedFetch,
  type TlsIdentity,
  tlsTransport,
  type Transport,
} from "../net/mod.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./cli_error.ts";
import type { Context } from "./command.ts";
import { readFlagFile, warnOfAccess } from "./flag_file.ts";
import { MAX_PEM_BYTES } from "./limits.ts";

/**
 * Who a tracker is, by `--tls-cert` and `--tls-key`; nothing if it is to speak no TLS.
 *
 * @throws {UsageError} if one is given without the other, or is no such file
 * @throws {CliError} if a file cannot be read
 */
export function readIdentity(
  { args, output }: Pick<Context, "args" | "output">,
): TlsIdentity | undefined {
  const [certPath, keyPath] = [args.text("tls-cert"), args.text("tls-key")];
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined) {
    const [given, missing] = certPath === undefined
      ? ["--tls-key", "--tls-cert"]
      : ["--tls-cert", "--tls-key"];
    throw new UsageError(`Cannot use ${given} without ${missing}: TLS needs both`);
  }
  const cert = readCertificates(certPath, "tls-cert");
  const content = "the private key";
  const file = readFlagFile(keyPath, { flag: "tls-key", content, maxBytes: MAX_PEM_BYTES });
  warnOfAccess(keyPath, file, content, output);
  const key = textOf(file.bytes);
  const action = `Cannot use ${content} in ${keyPath}`;
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(key)) {
    throw new UsageError(`${action}: it is encrypted; "openssl pkey" takes the password off it`);
  }
  if (!/-----BEGIN (?:\w+ )?PRIVATE KEY-----/.test(key)) {
    throw new UsageError(`${action}: there is none in PEM form in the file`);
  }
  return { cert, key };
}

/**
 * The certificates of `--tls-ca`, which are trusted besides the usual ones.
 *
 * @throws {UsageError} if there is none in the file, or one that cannot be read
 * @throws {CliError} if the file cannot be read
 */
function readAuthorities(args: Arguments): string[] {
  const path = args.text("tls-ca");
  if (path === undefined) return [];
  const caCerts = [readCertificates(path, "tls-ca")];
  try {
    // Else each dial would find it out anew, long after the command line was read.
    Deno.createHttpClient({ caCerts }).close();
  } catch (cause) {
    throw new UsageError(
      `Cannot use the certificate in ${path}: it is damaged; name the authority's as it was made`,
      { cause },
    );
  }
  return caCerts;
}

/** How trackers of ours are reached by TLS. Throws as {@linkcode readIdentity} does. */
export function secureTransport(args: Arguments): Transport {
  return tlsTransport({ caCerts: readAuthorities(args) });
}

/** What asks HTTP trackers, and is to be disposed of; nothing where the usual will do. */
export function secureFetch(args: Arguments): { get: Fetch } & Disposable | undefined {
  const caCerts = readAuthorities(args);
  if (caCerts.length === 0) return undefined;
  const client = Deno.createHttpClient({ caCerts });
  return {
    get: (url, init, addresses) =>
      /^https:/i.test(url) ? fetch(url, { ...init, client }) : pinnedFetch(url, init, addresses),
    [Symbol.dispose]: () => client.close(),
  };
}

function readCertificates(path: string, flag: string): string {
  const content = "the certificate";
  const { bytes } = readFlagFile(path, { flag, content, maxBytes: MAX_PEM_BYTES });
  const text = textOf(bytes);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new UsageError(`Cannot use ${content} in ${path}: there is none in PEM form in the file`);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
