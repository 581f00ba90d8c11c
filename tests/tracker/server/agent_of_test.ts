import { assertEquals } from "@std/assert";
import { peerIdFromBytes } from "../../../lib/bytes/mod.ts";
import { agentOf } from "../../../lib/tracker/server/agent_of.ts";

Deno.test({
  name: "agentOf names a client by its peer id, where that has the usual form (BEP 20)",
  permissions: "none",
  fn() {
    const cases = [
      ["-LT2080-aaaaaaaaaaaa", "LT2080"],
      ["-TR3000-aaaaaaaaaaaa", "TR3000"],
      ["-A~1.2x-aaaaaaaaaaaa", "A~1.2x"],
      ["A2-1-36-0-aaaaaaaaaa", "unknown"],
      ["-\x1b[2J\x00--aaaaaaaaaaaa", "unknown"],
      ["\xff".repeat(20), "unknown"],
    ] as const;
    for (const [id, agent] of [...cases, ...cases]) {
      const bytes = Uint8Array.from(id.slice(0, 20).padEnd(20, "a"), (each) => each.charCodeAt(0));
      assertEquals(agentOf(peerIdFromBytes(bytes)), agent, id);
    }
  },
});
