/** Ticks of the processors' time that the kernel counts a second. */
const TICKS_PER_SECOND = 100;

/** What the kernel has counted of a process so far. */
export interface Usage {
  /** The time of processors that it has used, in all its threads. */
  readonly cpuSeconds: number;
  /** The most memory that it had at any time (VmHWM), pages of mapped files included. */
  readonly peakMib: number;
}

/** Reads what the kernel has counted of a process so far; needs Linux. */
export function usageOf(pid: number): Usage {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(") ") + 2).split(" ");
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    peakMib: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024,
  };
}
