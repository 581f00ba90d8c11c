import { type Family, single } from "./family.ts";

interface Runtime {
  readonly process: {
    /** Processor time in microseconds. */
    cpuUsage(): { readonly user: number; readonly system: number };
  };
}

/** What a process is, as far as its metrics say so. */
export interface ProcessFacts {
  /** The version of the program; unknown if it is nobody's. */
  readonly version?: string | undefined;
  /** When it started, in milliseconds of the Unix clock. */
  readonly startedAtMs: number;
}

/** What holds for any program: its memory, when it started, and what it is. */
export function processFamilies({ version = "unknown", startedAtMs }: ProcessFacts): Family[] {
  const { user, system } = (globalThis as unknown as Runtime).process.cpuUsage();
  const { rss, heapTotal, heapUsed, external } = Deno.memoryUsage();
  return [
    {
      type: "gauge",
      name: "sluice_build_info",
      help: "Always 1; the labels say what runs.",
      values: [[{ version, deno: Deno.version.deno, v8: Deno.version.v8 }, 1]],
    },
    single(
      "gauge",
      "process_start_time_seconds",
      "When the tracker started, in seconds of the Unix clock.",
      startedAtMs / 1_000,
    ),
    single(
      "counter",
      "process_cpu_seconds_total",
      "Processor time of the process.",
      (user + system) / 1_000_000,
    ),
    single("gauge", "process_resident_memory_bytes", "Memory of the process.", rss),
    {
      type: "gauge",
      name: "sluice_heap_bytes",
      help: "Heap of JavaScript: used, reserved, and outside of it but held by it.",
      values: [
        [{ part: "used" }, heapUsed],
        [{ part: "reserved" }, heapTotal],
        [{ part: "external" }, external],
      ],
    },
  ];
}
