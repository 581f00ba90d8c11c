import type { InfoHash } from "../bytes/mod.ts";
import { createInfo, MAX_TOTAL_LENGTH, UnsafePathError } from "../metainfo/mod.ts";
import {
  EVERYBODY,
  type ReachableInside,
  reachableInside,
  sleep,
  systemClock,
  tcpTransport,
  type TlsIdentity,
  tlsTransport,
  type Transport,
} from "../net/mod.ts";
import { PeerNode } from "../peer/mod.ts";
import {
  FileExistsError,
  type HashedPaths,
  hashPaths,
  NoSpaceError,
  openSeedStore,
  openUploadFolder,
  StorageError,
  type UploadFolder,
  WrongLengthError,
} from "../storage/mod.ts";
import { connectPeer, type TrackerClient } from "../tracker/client/mod.ts";
import {
  type HandedIn,
  TrackerRefusedError,
  type TrackerServer,
  UploadError,
  type Uploads,
} from "../tracker/mod.ts";
import { UsageError } from "./cli_error.ts";
import { describeListening } from "./cli_node.ts";
import type { Context } from "./command.ts";
import { hashProgress } from "./hash_progress.ts";
import { printable } from "./printable.ts";
import { formatBytes } from "./units.ts";
import { VERSION } from "./version.ts";

/** Bytes of a file that is handed in, unless the command line says otherwise. */
const USUAL_MAX_BYTES = 16 * 1024 ** 3;

/** How long it is waited at most for the tracker to hear of a file that was handed in, in milliseconds. */
const ANNOUNCE_PATIENCE_MS = 3_000;

/** Who may be handed in files, and what the tracker is. */
export interface TrackerUploadsOptions {
  readonly token: string | undefined;
  readonly tls: TlsIdentity | undefined;
}

/**
 * Opens what takes in files for a tracker, if its command line wants that.
 *
 * @throws {CliError} if the flags contradict each other, or it cannot listen
 * @throws {StorageError} if the folder cannot be used
 */
export async function openUploads(
  context: Context,
  options: TrackerUploadsOptions,
): Promise<TrackerUploads | undefined> {
  const { args } = context;
  const folder = args.text("share-uploads");
  if (folder === undefined) {
    for (const flag of ["max-upload", "share-port", "public-uploads"]) {
      if (!args.has(flag) && args.text(flag) === undefined) continue;
      throw new UsageError(`Cannot use --${flag}: it needs --share-uploads DIR`);
    }
    return undefined;
  }
  for (const flag of ["no-http", "no-dashboard", "allow"]) {
    if (!args.has(flag) && args.text(flag) === undefined) continue;
    throw new UsageError(
      `Cannot use --share-uploads with --${flag}: files are handed in at the dashboard's API, ` +
        "and any may be",
    );
  }
  const opened = await openUploadFolder(folder);
  try {
    return new TrackerUploads(context, opened, options);
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens the peer that shares the files. */
function openSharer({ args, addresses }: Context): PeerNode {
  const place = { host: args.text("host") ?? "0.0.0.0", port: args.port("share-port") ?? 0 };
  try {
    return new PeerNode({
      ...{ ...place, client: `Sluice ${VERSION}` },
      ...(addresses !== undefined && { addresses }),
    });
  } catch (cause) {
    throw describeListening(cause, place, "share-port");
  }
}

/** Takes in the files that visitors of a tracker hand in, and shares all files of their folder. */
export class TrackerUploads implements Uploads, AsyncDisposable {
  readonly maxBytes: number;
  readonly audience: Uploads["audience"];
  /** How the tracker listens, so that it is reached from here whatever it speaks. */
  readonly transport: Transport;
  readonly #context: Context;
  readonly #folder: UploadFolder;
  readonly #token: string | undefined;
  readonly #inside: ReachableInside["inside"];
  readonly #stop = new AbortController();
  readonly #node: PeerNode;
  #sharing: Sharing | undefined = undefined;
  /** Torrents are opened one after the other, so that none is twice. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What is waited for in the end. */
  readonly #running = new Set<Promise<unknown>>();

  /**
   * Makes one that takes nothing before it is started; the folder is closed with it.
   *
   * @throws {CliError} if it cannot listen
   */
  constructor(context: Context, folder: UploadFolder, { token, tls }: TrackerUploadsOptions) {
    const { args, addresses = EVERYBODY } = context;
    this.#context = context;
    this.#folder = folder;
    this.#token = token;
    this.maxBytes = Math.min(args.bytes("max-upload") ?? USUAL_MAX_BYTES, MAX_TOTAL_LENGTH);
    this.audience = args.has("public-uploads") ? "everybody" : "this machine or with a token";
    const outer = tls === undefined ? tcpTransport : tlsTransport({ identity: tls, addresses });
    ({ transport: this.transport, inside: this.#inside } = reachableInside(outer));
    this.#node = openSharer(context);
  }

  /** Begins to share what is in the folder, as a peer of the tracker. */
  start(server: TrackerServer): void {
    const { output } = this.#context;
    const client = connectPeer(this.#node, server.address, {
      ...{ agent: `Sluice ${VERSION}`, token: this.#token, transport: this.#inside },
    });
    this.#sharing = { server, client };
    const { port } = this.#node.address;
    output.note(
      { type: "taking-uploads", folder: this.#folder.path, port, maxBytes: this.maxBytes },
      `Files that are handed in, of ${formatBytes(this.maxBytes)} at most, are shared from ` +
        `${this.#folder.path} at port ${port}`,
    );
    void this.#waitedFor(this.#shareAll());
  }

  take(file: HandedIn): Promise<InfoHash> {
    return this.#waitedFor(this.#take(file));
  }

  /** Stops sharing; waits for what is being handed in, which the tracker must have cut off before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
    await this.#node.close();
    await this.#sharing?.client.close();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #waitedFor<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }

  async #take({ name, length, body }: HandedIn): Promise<InfoHash> {
    const { output } = this.#context;
    try {
      const hashed = await this.#folder.receive({ name, length, source: body });
      const infoHash = await this.#share(hashed);
      const shown = printable(name);
      output.note(
        { type: "uploaded", name: shown, infoHash, bytes: length },
        `${shown} was handed in and is shared (${infoHash})`,
      );
      return infoHash;
    } catch (error) {
      const reason = printable(error instanceof Error ? error.message : String(error));
      output.note({ type: "upload-refused", reason }, `A file was not taken in: ${reason}`);
      throw uploadErrorOf(error) ?? error;
    }
  }

  /** Shares what lies in the folder, of which what cannot be is told and passed over. */
  async #shareAll(): Promise<void> {
    const { output } = this.#context;
    const { signal } = this.#stop;
    for (const name of await this.#folder.names()) {
      if (signal.aborted) return;
      const path = `${this.#folder.path}/${name}`;
      try {
        await this.#share(
          await hashPaths({ path, signal, onProgress: hashProgress(output, path) }),
        );
      } catch (error) {
        if (signal.aborted) return;
        const reason = printable(error instanceof Error ? error.message : String(error));
        output.error({ type: "not-shared", path, reason }, `${path} is not shared: ${reason}`);
      }
    }
  }

  #share(hashed: HashedPaths): Promise<InfoHash> {
    const shared = this.#turn.then(() => this.#shareNow(hashed));
    this.#turn = shared.catch(() => {}); // Whoever wants it shared is told.
    return shared;
  }

  async #shareNow(hashed: HashedPaths): Promise<InfoHash> {
    if (this.#sharing === undefined) throw new Error("Cannot share before the tracker is served");
    const { server: { registry } } = this.#sharing;
    const node = this.#node;
    const info = await createInfo(hashed);
    registry.publish({ info });
    if (node.torrents.has(info.infoHash)) return info.infoHash;
    const { root: path, looks } = hashed;
    const store = await openSeedStore({ info, path, held: "trusted", looks });
    const torrent = node.add(store, { intent: "serve" });
    const over = sleep(systemClock, ANNOUNCE_PATIENCE_MS, this.#stop.signal);
    await Promise.race([torrent.announced, over]);
    return info.infoHash;
  }
}

/** By what the files are found. */
interface Sharing {
  readonly server: TrackerServer;
  readonly client: TrackerClient;
}

/** What a visitor is told of an error; paths of this machine are not for him. */
function uploadErrorOf(error: unknown): UploadError | undefined {
  const options = { cause: error };
  if (error instanceof UnsafePathError) {
    return new UploadError(400, `${error.message}; choose another name`, options);
  }
  if (error instanceof WrongLengthError) return new UploadError(400, error.message, options);
  if (error instanceof FileExistsError) {
    const text = "Another file of that name was handed in before; choose another name";
    return new UploadError(409, text, options);
  }
  if (error instanceof NoSpaceError) {
    const text =
      "The disk of the tracker has no room for the file; free some, or send a smaller one";
    return new UploadError(507, text, options);
  }
  if (error instanceof TrackerRefusedError) return new UploadError(409, error.message, options);
  if (error instanceof StorageError) {
    const text = "The file cannot be written on the tracker's machine; its log says why";
    return new UploadError(500, text, options);
  }
  return undefined;
}
