import { assertEquals } from "@std/assert";
import type { Sluice } from "../../e2e/sluice.ts";

/** Fails if processes have printed a stack trace, an unhandled rejection, or a fault. */
export function assertSound(...processes: readonly Sluice[]): void {
  for (const process of processes) assertEquals(process.defects, []);
}
