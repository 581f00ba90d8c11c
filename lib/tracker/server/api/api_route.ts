import type { LocalAddresses } from "../../../net/mod.ts";
import { ApiError, apiMethodRefused, errorResponse, type PageGuard } from "../../../web/mod.ts";
import type { Route, Visit } from "../routes/route.ts";
import { ApiSources, type ApiSourcesOptions } from "./api_sources.ts";
import type { Asked, Endpoint } from "./endpoint.ts";
import { fileEndpoints } from "./file_endpoints.ts";
import { trackerEndpoints } from "./tracker_endpoints.ts";
import { TrackerPlace } from "./tracker_place.ts";
import { uploadEndpoint } from "./upload_endpoint.ts";

/** What an {@linkcode ApiRoute} is made of. */
export interface ApiOptions extends ApiSourcesOptions {
  /** Who may ask. */
  readonly guard: PageGuard;
  /** By which scheme a visitor reaches the door. */
  readonly scheme: (request: Request) => "http" | "https";
  /** The addresses of this machine; those that the system tells by default. */
  readonly locals?: LocalAddresses | undefined;
}

/** Where the API is; another version would be beside it. */
const BASE = /^\/api\/v1(\/[^]*)?$/;

/** The HTTP API of the tracker (`docs/api.md`). All its refusals are JSON with an `error`. */
export class ApiRoute implements Route {
  readonly admission = "token";
  /** All that it does. */
  readonly endpoints: readonly Endpoint[];
  readonly #options: ApiOptions;
  readonly #sources: ApiSources;
  readonly #place: TrackerPlace;
  readonly #patterns: readonly RegExp[];

  /** Makes the API of a tracker. */
  constructor(options: ApiOptions) {
    this.#options = options;
    this.#sources = new ApiSources(options);
    this.#place = new TrackerPlace(options);
    this.endpoints = [
      ...trackerEndpoints(this.#sources),
      ...fileEndpoints(this.#sources),
      uploadEndpoint(this.#sources, options.guard),
    ];
    this.#patterns = this.endpoints.map(({ path }) => patternOf(path));
  }

  answer(visit: Visit): Promise<Response> | undefined {
    return /^\/api(?:\/|$)/.test(visit.path) ? this.#answer(visit) : undefined;
  }

  begin(): Disposable {
    return this.#sources.begin();
  }

  async #answer(visit: Visit): Promise<Response> {
    const { guard } = this.#options;
    const reason = guard.reasonAgainst(visit.request, visit.host);
    if (reason !== undefined) return errorResponse(403, reason);
    try {
      return await this.#dispatch(visit);
    } catch (error) {
      if (error instanceof ApiError) return errorResponse(error.status, error.message);
      throw error;
    }
  }

  #dispatch(visit: Visit): Response | Promise<Response> {
    const [, path = ""] = BASE.exec(visit.path) ?? [];
    const others: string[] = [];
    for (const [at, endpoint] of this.endpoints.entries()) {
      const found = this.#patterns[at]?.exec(path);
      if (!found) continue;
      if (endpoint.method === visit.request.method) {
        return endpoint.answer(this.#asked(visit, found.groups ?? {}));
      }
      others.push(endpoint.method);
    }
    if (others.length === 0) {
      throw new ApiError(404, "There is nothing here: the paths of the API begin with /api/v1/");
    }
    return apiMethodRefused(...others);
  }

  #asked(visit: Visit, groups: Readonly<Record<string, string>>): Asked {
    const { request, base } = visit;
    const scheme = this.#options.scheme(request);
    return {
      visit,
      parameters: new Map(Object.entries(groups).map(([name, value]) => [name, decode(value)])),
      query: new URLSearchParams(/\?([^#]*)/.exec(request.url)?.[1]),
      trackerUrl: `${scheme}://${this.#place.of(visit)}${base}`,
    };
  }
}

/** What matches the paths of an endpoint. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // It is no text; as it stands it names nothing that there is.
    return segment;
  }
}
