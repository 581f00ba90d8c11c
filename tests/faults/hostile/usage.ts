import { assert } from "@std/assert";

/** Only Linux tells of other processes in files. */
export const CAN_MEASURE: boolean = Deno.build.os === "linux";

/** What a process takes of the machine. */
export interface Usage {
  /** Descriptors that are open; a peer keeps a few open for its data files. */
  readonly descriptors: number;
  /** Those of them that are sockets. */
  readonly sockets: number;
  /** Memory that is resident, in bytes. */
  readonly resident: number;
}

/** What a process takes of the machine now. */
export async function usageOf(pid: number): Promise<Usage> {
  const folder = `/proc/${pid}/fd`;
  const links: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    // It may be closed meanwhile.
    links.push(await Deno.readLink(`${folder}/${name}`).catch(() => "closed"));
  }
  const open = links.filter((link) => link !== "closed");
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(await Deno.readTextFile(`/proc/${pid}/status`))
    ?.[1];
  assert(kibibytes !== undefined, "there is no VmRSS");
  return {
    descriptors: open.length,
    sockets: open.filter((link) => link.startsWith("socket:")).length,
    resident: Number(kibibytes) * 1024,
  };
}

/** Waits until something is so, and fails with what it is if that takes too long. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!await isSo()) {
    assert(performance.now() < endMs, `not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Bytes as mebibytes, for messages. */
export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

/** Prints a figure that a test measured, for whoever reads along. */
export function tell(figure: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`  measured: ${figure}\n`));
}
