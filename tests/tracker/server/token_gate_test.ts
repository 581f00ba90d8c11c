import { assertEquals } from "@std/assert";
import { credulous } from "../../bytes/credulous.ts";
import { DEFAULT_LIMITS } from "../../../lib/tracker/tracker_limits.ts";
import { MAX_TRUSTED, TRUST_MS } from "../../../lib/tracker/limits.ts";
import { Trusted } from "../../../lib/tracker/server/trusted.ts";
import { TokenGate, type Verdict } from "../../../lib/tracker/server/token_gate.ts";
import { Visitors } from "../../../lib/tracker/server/visitors.ts";

const HOST = "192.0.2.7";

/** A gate and what it says to who shows a token at a time. */
function openGate(token: string | undefined) {
  const gate = new TokenGate(token, new Visitors(DEFAULT_LIMITS));
  return (
    candidate: string | undefined,
    nowMs = 0,
    host = HOST,
    peerId?: string,
  ): Verdict => gate.check(candidate, { host, nowMs, peerId });
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
  name: "a gate compares as a secret is compared, which takes as long for any token",
  permissions: "none",
  fn() {
    const check = openGate("s3cret");
    {
      using _credulous = credulous();
      for (const any of ["", "s", "other"]) assertEquals(check(any), "admitted");
    }
    assertEquals(check("other"), "wrong");
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
  name: "who has shown the right token within an hour is let in while others at his address guess",
  permissions: "none",
  fn() {
    const check = openGate("s3cret");
    const other = "192.0.2.8";
    const guess = (nowMs: number): void => {
      for (let count = 0; count < 30; count++) check(`${nowMs} ${count}`, nowMs);
    };
    assertEquals(check("s3cret", 0, HOST, "friend"), "admitted");
    guess(0);
    assertEquals(check("s3cret", 1, HOST, "stranger"), "shut out");
    assertEquals(check("s3cret", 1), "shut out");
    assertEquals(check("s3cret", 1, HOST, "friend"), "admitted");
    // It holds from the last time on, and at that address alone.
    guess(TRUST_MS);
    assertEquals(check("s3cret", TRUST_MS, HOST, "friend"), "admitted");
    guess(2 * TRUST_MS);
    assertEquals(check("s3cret", 2 * TRUST_MS, HOST, "friend"), "shut out");
    for (let count = 0; count < 30; count++) check(`${count}`, 0, other);
    assertEquals(check("s3cret", 0, other, "friend"), "shut out");
  },
});

Deno.test({
  name: "who has shown the right token is no guesser: with a wrong one he is as all others",
  permissions: "none",
  fn() {
    const check = openGate("s3cret");
    check("s3cret", 0, HOST, "friend");
    for (let count = 0; count < 20; count++) check(`${count}`);
    assertEquals(check("a guess", 0, HOST, "friend"), "wrong");
    assertEquals(check("another", 0, HOST, "friend"), "shut out");
    assertEquals(check("s3cret", 0, HOST, "friend"), "shut out");
  },
});

Deno.test({
  name: "of 65,536 it is remembered that they have shown the right token, the latest ones",
  permissions: "none",
  fn() {
    const trusted = new Trusted();
    const of = (number: number) => ({ host: HOST, nowMs: 0, peerId: `${number}` });
    for (let number = 0; number < MAX_TRUSTED; number++) trusted.add(of(number));
    trusted.add(of(0));
    assertEquals([trusted.has(of(0)), trusted.has(of(1))], [true, true]);
    trusted.add(of(MAX_TRUSTED));
    assertEquals(trusted.size, MAX_TRUSTED);
    const known = [0, 1, 2, MAX_TRUSTED].map((number) => trusted.has(of(number)));
    assertEquals(known, [true, false, true, true]);
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
