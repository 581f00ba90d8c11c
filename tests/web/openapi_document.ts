import { assert } from "@std/assert";
import { Ajv2020 } from "ajv";

/** A description of an answer, as far as it is read here. */
interface Described {
  readonly content?: Readonly<
    Record<string, { readonly schema: unknown; readonly "x-events"?: Record<string, unknown> }>
  >;
}

/** A document, as far as it is read here. */
interface Content {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Record<string, { readonly responses: Record<string, Described> }>>
  >;
}

/** A method of HTTP as documents write it. */
export type Method = "get" | "head" | "post" | "patch";

/** A document of OpenAPI 3.1 in `docs/`, to which answers are held. */
export class OpenApiDocument {
  /** What it describes, path by path. */
  readonly paths: Content["paths"];
  /** The version of OpenAPI. */
  readonly version: string;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  private constructor(content: Content) {
    this.paths = content.paths;
    this.version = content.openapi;
    this.#ajv.addSchema(content, "document");
  }

  /** Reads a document. */
  static async read(name: string): Promise<OpenApiDocument> {
    const text = await Deno.readTextFile(new URL(`../../docs/${name}`, import.meta.url));
    return new OpenApiDocument(JSON.parse(text));
  }

  /** The methods and paths that it describes, as in `GET /files`. */
  get routes(): string[] {
    return Object.entries(this.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
    );
  }

  /** The answers that it describes, as in `GET /files 200`. */
  get answers(): string[] {
    return Object.entries(this.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`)
      )
    );
  }

  /** The kinds of events that it describes of a path. */
  eventsOf(path: string): string[] {
    const content = this.paths[path]?.["get"]?.responses["200"]?.content;
    return Object.keys(content?.["text/event-stream"]?.["x-events"] ?? {});
  }

  /** What is wrong with a value, by the schema at a place of the document. */
  faults(place: readonly string[], value: unknown): string[] {
    const pointer = place.map((part) =>
      encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))
    );
    const validate = this.#ajv.compile({ $ref: `document#/${pointer.join("/")}` });
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) =>
      `${instancePath} ${message} ${JSON.stringify(params)}`
    );
  }

  /** The media type of an answer, if it has a body. */
  typeOf(path: string, status: number, method: Method = "get"): string | undefined {
    const described = this.paths[path]?.[method]?.responses[`${status}`];
    assert(described !== undefined, `${method} ${path} does not describe status ${status}`);
    return Object.keys(described.content ?? {})[0];
  }

  /** Where the schema of an answer is. */
  placeOf(path: string, status: number, method: Method = "get"): string[] {
    const type = this.typeOf(path, status, method) ?? "";
    return ["paths", path, method, "responses", `${status}`, "content", type, "schema"];
  }

  /** Where the schema of an event is. */
  placeOfEvent(path: string, event: string): string[] {
    return this.placeOf(path, 200).slice(0, -1).concat("x-events", event);
  }
}
