/** The machine and the day, in a line; needs Linux for the processor's name. */
export function describeMachine(): string {
  const model = /^model name\s*:\s*(.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1];
  const gib = (Deno.systemMemoryInfo().total / 2 ** 30).toFixed(0);
  return [
    `${model ?? "unknown processor"}, ${navigator.hardwareConcurrency} cores, ${gib} GiB of memory`,
    `Deno ${Deno.version.deno}`,
    new Date().toISOString().slice(0, 10),
  ].join(", ");
}
