import { openPeerPage, type PeerPage } from "../../../lib/cli/peer_page/peer_page.ts";
import type { PeerNode } from "../../../lib/peer/mod.ts";
import type { Simulation } from "../../peer/simulation.ts";

/** Opens the page of a simulated node, on a real port of this machine. */
export function openSamplePage(sim: Simulation, node: PeerNode): PeerPage {
  return openPeerPage({
    ...{ node, port: 0, clock: sim.clock },
    onFailure(error) {
      throw error;
    },
  });
}

/** Goes on with the simulated time until work of the real one is done. */
export async function during<T>(sim: Simulation, work: Promise<T>): Promise<T> {
  let state: "open" | "done" = "open";
  const done = work.finally(() => state = "done");
  done.catch(() => undefined);
  while (state === "open") {
    await sim.advance(100);
    // What comes over sockets comes between two turns of the event loop.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
  return await done;
}

/** The JSON of an answer, and its status. */
export async function ask(
  url: string,
  init?: RequestInit,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json() };
}
