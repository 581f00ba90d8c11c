import { ApiError, jsonResponse, type PageGuard } from "../../../web/mod.ts";
import { MAX_UPLOADS } from "../../limits.ts";
import { isNamed } from "../entries.ts";
import { UploadError, type Uploads } from "../uploads.ts";
import type { ApiSources } from "./api_sources.ts";
import { IncomingBody } from "./incoming_body.ts";
import type { Asked, Endpoint } from "./endpoint.ts";
import { linkFile, shownFile } from "./shown_file.ts";
import { announceUrls } from "./tracker_urls.ts";

const NO_UPLOADS = "No files are taken in here; --share-uploads DIR has the tracker do so";

/** By which files are handed in, a bounded number at once; of one that breaks off nothing stays. */
export function uploadEndpoint(
  sources: ApiSources,
  guard: Pick<PageGuard, "isLocal">,
): Endpoint {
  let running = 0;
  return {
    method: "POST",
    path: "/uploads",
    async answer(asked) {
      const { uploads, context: { clock, signal } } = sources;
      const { request, host } = asked.visit;
      using body = new IncomingBody(request.body, signal);
      try {
        if (uploads === undefined) throw new ApiError(404, NO_UPLOADS);
        if (!guard.isLocal(request, host)) checkAdmission(sources, uploads);
        const { name, length } = readUpload(asked, uploads);
        if (running >= MAX_UPLOADS) {
          throw new ApiError(503, `${MAX_UPLOADS} files are being handed in; try again later`);
        }
        running++;
        try {
          return await take(asked, { name, length, body }, sources, uploads);
        } finally {
          running--;
        }
      } catch (error) {
        // A connection on which something is unread is closed in a way that takes the answer with it.
        await body.drain(clock);
        throw error;
      }
    },
  };
}

/** Makes sure that somebody elsewhere who may see the dashboard may hand in files, too. */
function checkAdmission({ context: { gate } }: ApiSources, { audience }: Uploads): void {
  if (audience === "everybody" || !gate.isOpen) return;
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
  { name, length, body }: {
    readonly name: string;
    readonly length: number;
    readonly body: IncomingBody;
  },
  { context }: ApiSources,
  uploads: Uploads,
): Promise<Response> {
  using expected = visit.expectBody?.(length);
  body.onWhole = () => expected?.received();
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
