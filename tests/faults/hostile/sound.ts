import { assertEquals } from "@std/assert";
import type { Sluice } from "../../e2e/sluice.ts";

/** What a line looks like that no hostile peer may ever make a process print. */
const FAULT =
  /uncaught|unhandled|^\s+at .+:\d+:\d+|\b(?:Type|Range|Reference|Syntax)Error\b|"type":"fault"|^Fault:|panicked|Cannot read propert|is not a function|is not iterable/i;

/** Whether a line of a log tells of a defect of the program. */
export function tellsOfFault(line: string): boolean {
  return FAULT.test(line);
}

/** Fails if processes have printed a stack trace, an unhandled rejection, or a fault. */
export function assertSound(...processes: readonly Sluice[]): void {
  for (const process of processes) {
    assertEquals([...process.stderr, ...process.stdout].filter(tellsOfFault), []);
  }
}
