import { assertEquals } from "@std/assert";
import { TokenGate } from "../../../lib/tracker/server/token_gate.ts";

Deno.test({
  name: "a gate with a token opens for that token alone, one without for everybody",
  permissions: "none",
  async fn() {
    const gate = new TokenGate("s3cret");
    assertEquals(await gate.admits("s3cret"), true);
    for (const wrong of [undefined, "", "s3cre", "s3cret\0", "S3cret", "s3crets"]) {
      assertEquals(await gate.admits(wrong), false);
    }
    assertEquals(await new TokenGate("").admits(undefined), false);
    assertEquals(await new TokenGate("").admits(""), true);
    for (const any of [undefined, "", "x"]) {
      assertEquals(await new TokenGate(undefined).admits(any), true);
    }
  },
});
