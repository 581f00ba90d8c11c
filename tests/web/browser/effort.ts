import type { Page } from "playwright-core";

/** How long the processor has worked for a page. */
export interface Effort {
  /** Tells how many milliseconds of work there have been since this was asked last. */
  readonly spentMs: () => Promise<number>;
}

/**
 * Watches the processor's time that the main thread of a page takes: unlike the time on a clock it is the
 * same whatever else the machine does.
 */
export async function watchEffort(page: Page): Promise<Effort> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const totalMs = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN);
  };
  let lastMs = await totalMs();
  return {
    async spentMs() {
      const nowMs = await totalMs();
      const spent = nowMs - lastMs;
      lastMs = nowMs;
      return spent;
    },
  };
}
