import { assertEquals } from "@std/assert";
import { DEFAULT_LIMITS } from "../../../lib/tracker/tracker_limits.ts";
import { TokenGate, type Verdict } from "../../../lib/tracker/server/token_gate.ts";
import { Visitors } from "../../../lib/tracker/server/visitors.ts";

const HOST = "192.0.2.7";

/** A gate and what it says to who shows a token at a time. */
function openGate(token: string | undefined) {
  const gate = new TokenGate(token, new Visitors(DEFAULT_LIMITS));
  return (candidate: string | undefined, nowMs = 0, host = HOST): Verdict =>
    gate.check(candidate, { host, nowMs });
}

Deno.test({
  name: "a gate with a token opens for that token alone, one without for everybody",
  permissions: "none",
  fn() {
    const check = openGate("s3cret");
    assertEquals(check("s3cret"), "admitted");
    assertEquals(check(undefined), "missing");
    for (const wrong of ["", "s3cre", "s3cret\0", "S3cret", "s3crets"]) {
      assertEquals(check(wrong), "wrong");
    }
    assertEquals(openGate("")(undefined), "missing");
    assertEquals(openGate("")(""), "admitted");
    for (const any of [undefined, "", "x"]) assertEquals(openGate(undefined)(any), "admitted");
  },
});

Deno.test({
  name: "who has shown many wrong tokens is shut out for a while, also with the right one",
  permissions: "none",
  fn() {
    const check = openGate("s3cret");
    for (let guess = 0; guess < 20; guess++) assertEquals(check(`${guess}`), "wrong");
    assertEquals(check("another"), "shut out");
    assertEquals(check("s3cret"), "shut out");
    assertEquals(check("s3cret", 9_999), "shut out");
    // Who shows none tells nothing and learns nothing.
    assertEquals(check(undefined), "missing");
    assertEquals(check("s3cret", 0, "192.0.2.8"), "admitted");
    assertEquals(check("s3cret", 10_000), "admitted");
    assertEquals(check("a guess", 10_000), "wrong");
    assertEquals(check("a guess", 10_001), "shut out");
  },
});

Deno.test({
  name: "the same wrong token again and again shuts nobody out",
  permissions: "none",
  fn() {
    const check = openGate("new");
    for (let time = 0; time < 1_000; time++) assertEquals(check("old", time * 100), "wrong");
    assertEquals(check("new", 100_000), "admitted");
  },
});

Deno.test({
  name: "on this machine nobody is shut out",
  permissions: "none",
  fn() {
    const check = openGate("s3cret");
    for (const host of ["127.0.0.1", "::1"]) {
      for (let guess = 0; guess < 100; guess++) assertEquals(check(`${guess}`, 0, host), "wrong");
      assertEquals(check("s3cret", 0, host), "admitted");
    }
  },
});
