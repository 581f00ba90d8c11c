import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  DRAIN_TIMEOUT_MS,
  MAX_DRAINED_BYTES,
  MAX_UPLOADS,
  UploadError,
  type Uploads,
} from "../../../../lib/tracker/mod.ts";
import { sampleHash } from "../../sample_torrents.ts";
import { SampleApi, type SampleApiOptions } from "./sample_api.ts";

/** Takes in files when it is told to. */
class SampleUploads implements Uploads {
  readonly maxBytes = 100;
  readonly audience: Uploads["audience"];
  /** What ends each file that is being handed in. */
  readonly endings: PromiseWithResolvers<void>[] = [];
  readonly received: [name: string, length: number, bytes: number][] = [];

  constructor(audience: Uploads["audience"] = "this machine or with a token") {
    this.audience = audience;
  }

  async take({ name, length, body }: Parameters<Uploads["take"]>[0]) {
    const ending = Promise.withResolvers<void>();
    this.endings.push(ending);
    let bytes = 0;
    for await (const chunk of body) bytes += chunk.length;
    await ending.promise;
    this.received.push([name, length, bytes]);
    return sampleHash(1);
  }
}

interface Sent {
  readonly host?: string;
  readonly length?: string | null;
  readonly body?: ReadableStream<Uint8Array> | null;
  readonly path?: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** Hands a file in at an API; gives the answer. */
async function handIn(api: SampleApi, { host = "127.0.0.1", length = "3", ...sent }: Sent = {}) {
  const { body = new Blob([new Uint8Array(3)]).stream(), path = "/uploads?name=film" } = sent;
  const headers = new Headers({ host: "127.0.0.1:6969", ...sent.more });
  if (length !== null) headers.set("content-length", length);
  const url = `http://127.0.0.1:6969${api.base}/api/v1${path}`;
  const request = { url, method: "POST", headers, body };
  const response = await api.routes.answer(request as Request, host);
  return { status: response.status, ...await response.json() };
}

function apiWith(uploads: Uploads, options: SampleApiOptions = {}): SampleApi {
  const api = new SampleApi({ uploads, ...options });
  api.report(1, { kind: "complete" });
  return api;
}

Deno.test("api: a file that is handed in is answered with its link, and the tracker tells that it takes some", async () => {
  const uploads = new SampleUploads();
  const api = apiWith(uploads);
  const answer = handIn(api);
  while (uploads.endings.length === 0) await Promise.resolve();
  uploads.endings[0]?.resolve();
  const { status, infoHash, name, magnet } = await answer;
  assertEquals({ status, infoHash, name }, { status: 201, infoHash: sampleHash(1), name: "one" });
  assertStringIncludes(magnet, `urn:btih:${sampleHash(1)}`);
  assertEquals(uploads.received, [["film", 3, 3]]);
  assertEquals((await api.ask("/tracker")).body.uploads, { enabled: true, maxBytes: 100 });
  assertEquals((await new SampleApi().ask("/tracker")).body.uploads, {
    enabled: false,
    maxBytes: 0,
  });
});

Deno.test("api: 8 files are handed in at once, and one more is refused until one of them has ended", async () => {
  const uploads = new SampleUploads();
  const api = apiWith(uploads);
  const answers = Array.from({ length: MAX_UPLOADS }, () => handIn(api));
  while (uploads.endings.length < MAX_UPLOADS) await Promise.resolve();
  const { status, error } = await handIn(api);
  assertEquals(status, 503);
  assertStringIncludes(error, "8 files are being handed in");
  uploads.endings[0]?.reject(new UploadError(507, "full"));
  assertEquals((await answers[0])?.status, 507);
  const ninth = handIn(api);
  while (uploads.endings.length <= MAX_UPLOADS) await Promise.resolve();
  for (const { resolve } of uploads.endings) resolve();
  assertEquals((await Promise.all([...answers.slice(1), ninth])).map(({ status }) => status), [
    ...new Array(MAX_UPLOADS).fill(201),
  ]);
});

Deno.test("api: what is wrong with a file that is handed in is told, and it is not taken", async () => {
  const uploads = new SampleUploads();
  const api = apiWith(uploads);
  const wrong: [Sent, number][] = [
    [{ path: "/uploads" }, 400],
    [{ length: "x" }, 400],
    [{ length: "-1" }, 400],
    [{ length: "101" }, 413],
    [{ length: null }, 411],
  ];
  for (const [sent, expected] of wrong) {
    assertEquals((await handIn(api, sent)).status, expected);
    assertEquals(uploads.endings, []);
  }
  assertEquals((await handIn(new SampleApi())).status, 404);
});

Deno.test("api: of a file that is refused 8 MiB are read so that its sender hears why, and not more", async () => {
  const api = apiWith(new SampleUploads());
  for (const unread of [0, 1]) {
    let left = MAX_DRAINED_BYTES + unread;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left === 0) return controller.close();
        const length = Math.min(left, 1 << 20);
        left -= length;
        controller.enqueue(new Uint8Array(length));
      },
    }, { highWaterMark: 0 });
    assertEquals((await handIn(api, { length: "101", body })).status, 413);
    assertEquals(left, unread);
  }
});

Deno.test("api: a file that is refused is read for 5 s at most", async () => {
  const api = apiWith(new SampleUploads());
  let state = "open";
  const body = new ReadableStream<Uint8Array>({ cancel: () => void (state = "cancelled") });
  const answer = handIn(api, { length: "101", body });
  await api.context.clock.advance(DRAIN_TIMEOUT_MS - 1);
  assertEquals(state, "open");
  await api.context.clock.advance(1);
  assertEquals((await answer).status, 413);
  assertEquals(state, "cancelled");
});

Deno.test("api: --public-dashboard alone lets nobody else hand in files; a token or --public-uploads does", async () => {
  const dashboard = { audience: "everybody" } as const;
  for (
    const [uploads, options, expected] of [
      [new SampleUploads(), {}, 403],
      [new SampleUploads(), { dashboard }, 403],
      [new SampleUploads(), { dashboard, token: "sesame" }, 201],
      [new SampleUploads("everybody"), { dashboard }, 201],
      [new SampleUploads("everybody"), {}, 403],
    ] as const
  ) {
    const answer = handIn(apiWith(uploads, options), { host: "192.0.2.9" });
    for (let turn = 0; turn < 100 && uploads.endings.length === 0; turn++) await Promise.resolve();
    uploads.endings[0]?.resolve();
    assertEquals((await answer).status, expected);
  }
});

Deno.test("api: a proxy on this machine hands in no files for others, unless others may", async () => {
  const api = apiWith(new SampleUploads(), { dashboard: { audience: "everybody" } });
  const { status, error } = await handIn(api, { more: { "x-forwarded-for": "192.0.2.9" } });
  assertEquals(status, 403);
  assertStringIncludes(error, "--public-uploads");
});

Deno.test("api: a file that breaks off is no fault of the tracker", async () => {
  const api = apiWith(new SampleUploads());
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("connection reset")),
  });
  const { status, error } = await handIn(api, { body });
  assertEquals([status, error], [400, "The file did not come whole"]);
});
