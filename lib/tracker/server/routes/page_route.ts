import type { PageGuard } from "../../../web/mod.ts";
import type { Assets } from "../../../web/page/mod.ts";
import type { Route, Visit } from "./route.ts";

/** The page that shows the tracker, with all that it loads. */
export class PageRoute implements Route {
  readonly admission = "token";
  readonly #guard: PageGuard;
  #assets: Promise<Assets> | undefined;

  /** Makes the page of a tracker, for those whom a guard lets pass. */
  constructor(guard: PageGuard) {
    this.#guard = guard;
  }

  answer(visit: Visit): Promise<Response> | undefined {
    const { path } = visit;
    return path === "/" || path.startsWith("/assets/") ? this.#answer(visit) : undefined;
  }

  async #answer({ request, path, host }: Visit): Promise<Response> {
    const refusal = this.#guard.refusal(request, host);
    if (refusal !== undefined) return refusal;
    this.#assets ??= loadAssets();
    return (await this.#assets).answer(request, path.slice(1));
  }
}

/** The texts are read when the first one asks for them: most trackers show no page to anybody. */
async function loadAssets(): Promise<Assets> {
  const { Assets, TRACKER_TABLE } = await import("../../../web/page/mod.ts");
  return await Assets.of(TRACKER_TABLE);
}
