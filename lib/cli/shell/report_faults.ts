import { printable } from "../printable.ts";
import type { Task } from "./shell_command.ts";

/** Says what could not be opened; the rest can be used. */
export function reportFaults(faults: readonly unknown[], say: Task["say"]): void {
  for (const fault of faults) {
    const message = printable(fault instanceof Error ? fault.message : String(fault), 500);
    say({ type: "fault", message }, message);
  }
}
