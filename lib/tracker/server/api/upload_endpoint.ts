import { isLoopback } from "../../../net/mod.ts";
import { jsonResponse } from "../../../web/mod.ts";
import { MAX_UPLOADS } from "../../limits.ts";
import { isNamed } from "../entries.ts";
import type { Visit } from "../routes/route.ts";
import { UploadError, type Uploads } from "../uploads.ts";
import type { ApiSources } from "./api_sources.ts";
import { ApiError, type Asked, type Endpoint } from "./endpoint.ts";
import { linkFile, shownFile } from "./shown_file.ts";
import { announceUrls } from "./tracker_urls.ts";

const NO_UPLOADS = "No files are taken in here; --share-uploads DIR has the tracker do so";

/** By which files are handed in, a bounded number at once; of one that breaks off nothing stays. */
export function uploadEndpoint(sources: ApiSources): Endpoint {
  let running = 0;
  return {
    method: "POST",
    path: "/uploads",
    async answer(asked) {
      const { uploads } = sources;
      if (uploads === undefined) throw new ApiError(404, NO_UPLOADS);
      checkAdmission(asked.visit, sources, uploads);
      const { name, length } = readUpload(asked, uploads);
      if (running >= MAX_UPLOADS) {
        throw new ApiError(503, `${MAX_UPLOADS} files are being handed in; try again later`);
      }
      running++;
      try {
        return await take(asked, { name, length }, sources, uploads);
      } finally {
        running--;
      }
    },
  };
}

/** Makes sure that somebody who may see the dashboard may hand in files, too. */
function checkAdmission(
  { host }: Visit,
  { context: { gate } }: ApiSources,
  { audience }: Uploads,
): void {
  if (audience === "everybody" || isLoopback(host) || !gate.isOpen) return;
  throw new ApiError(
    403,
    "Files are taken in of this machine alone; a token, or --public-uploads, lets others hand them in",
  );
}

/** Reads what is to be handed in, before any of it. */
function readUpload(
  { query, visit: { request } }: Asked,
  { maxBytes }: Uploads,
): { readonly name: string; readonly length: number } {
  const name = query.get("name");
  if (name === null) throw new ApiError(400, "The file has no name; add ?name= to the URL");
  const told = request.headers.get("content-length");
  if (told === null) {
    throw new ApiError(411, "The length of the file is not told; send it with Content-Length");
  }
  const length = /^\d{1,16}$/.test(told) ? Number(told) : NaN;
  if (!Number.isSafeInteger(length)) throw new ApiError(400, "Cannot read the Content-Length");
  if (length > maxBytes) {
    throw new ApiError(413, `A file has ${maxBytes} bytes at most; --max-upload lets it have more`);
  }
  return { name, length };
}

async function take(
  { visit, trackerUrl }: Asked,
  { name, length }: { readonly name: string; readonly length: number },
  { context }: ApiSources,
  uploads: Uploads,
): Promise<Response> {
  using expected = visit.expectBody?.(length);
  using body = new WholeBody(visit.request.body, {
    signal: context.signal,
    onWhole: () => expected?.received(),
  });
  try {
    const infoHash = await uploads.take({ name, length, body: body.readable });
    const swarm = context.registry.swarms.get(infoHash);
    if (swarm === undefined || !isNamed(swarm)) {
      throw new ApiError(503, "The file was taken in, and the tracker has no room for its torrent");
    }
    const { magnet, ...file } = linkFile(
      shownFile(swarm),
      announceUrls(trackerUrl, context.doors),
    );
    return jsonResponse({ infoHash, name: file.name, length: file.length, magnet }, 201);
  } catch (error) {
    if (body.state === "broken off") throw new ApiError(400, "The file did not come whole");
    if (error instanceof UploadError) throw new ApiError(error.status, error.message);
    throw error;
  }
}

/** The body of a request, of which it is known how it ended; a signal ends it early. */
class WholeBody implements Disposable {
  /** The bytes. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What has become of it. */
  state: "coming" | "whole" | "broken off" = "coming";
  readonly #ignoreSignal: () => void;

  constructor(
    body: ReadableStream<Uint8Array> | null,
    { signal, onWhole }: { readonly signal: AbortSignal; readonly onWhole: () => void },
  ) {
    const reader = body?.getReader();
    const end = (): void => {
      this.state = "broken off";
      reader?.cancel().catch(() => undefined); // It may have failed meanwhile, which is as well.
    };
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    this.#ignoreSignal = () => signal.removeEventListener("abort", end);
    this.readable = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { value } = await reader?.read() ?? {};
          if (value !== undefined) return controller.enqueue(value);
          if (this.state === "broken off") throw new Error("The tracker was closed");
          this.state = "whole";
          onWhole();
          controller.close();
        } catch (error) {
          this.state = "broken off";
          controller.error(error);
        }
      },
      cancel: (reason) => reader?.cancel(reason),
    }, { highWaterMark: 0 });
  }

  [Symbol.dispose](): void {
    this.#ignoreSignal();
  }
}
