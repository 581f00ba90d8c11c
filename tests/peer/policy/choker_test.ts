import { assert, assertEquals } from "@std/assert";
import {
  Choker,
  type ChokerPeer,
  OPTIMISTIC_MS,
  SEED_TURN_MS,
} from "../../../lib/peer/policy/mod.ts";
import { seededRandom } from "../../bytes/seeded_random.ts";

const ROUND_MS = 10_000;

function peersOf(count: number, rateOf: (key: number) => number = () => 0): ChokerPeer[] {
  return Array.from({ length: count }, (_, key) => ({
    key,
    interest: "interested",
    rate: rateOf(key),
    connectedMs: 0,
  }));
}

/** Who was served in each round of ten seconds, from minute two on. */
function playRounds(
  choker: Choker,
  role: "leecher" | "seeder",
  rounds: number,
  peersAt: (round: number) => readonly ChokerPeer[],
): Set<number>[] {
  return Array.from({ length: rounds }, (_, round) => {
    return choker.choose(peersAt(round), role, 120_000 + round * ROUND_MS);
  });
}

function turnsOf(rounds: readonly ReadonlySet<number>[], key: number): number {
  return rounds.filter((served) => served.has(key)).length;
}

Deno.test({
  name: "Choker serves everyone who is interested as long as there are slots, and nobody else",
  permissions: "none",
  fn() {
    for (const role of ["leecher", "seeder"] as const) {
      const choker = new Choker({ slots: 4, random: seededRandom(1) });
      assertEquals(choker.choose([], role, 0), new Set());
      assertEquals(choker.choose(peersOf(4), role, 0), new Set([0, 1, 2, 3]));
      const idle = peersOf(30, () => 1e9).map((peer) => {
        return { ...peer, key: peer.key + 100, interest: "not-interested" as const };
      });
      assertEquals(choker.choose([...idle, ...peersOf(4)], role, 0), new Set([0, 1, 2, 3]));
    }
  },
});

Deno.test({
  name: "Choker never serves more than its slots, nor fewer when enough are interested",
  permissions: "none",
  fn() {
    for (const role of ["leecher", "seeder"] as const) {
      const choker = new Choker({ slots: 5, random: seededRandom(2) });
      for (const served of playRounds(choker, role, 50, (round) => peersOf(5 + round % 20))) {
        assertEquals(served.size, 5);
      }
    }
  },
});

Deno.test({
  name: "A leecher's choker always serves those that give most, and one more",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 4, random: seededRandom(3) });
    const peers = peersOf(20, (key) => key * 1_000);
    for (const served of playRounds(choker, "leecher", 100, () => peers)) {
      assert(served.has(19) && served.has(18) && served.has(17), `${[...served]}`);
    }
  },
});

Deno.test({
  name: "Of peers that give alike each leecher's choker serves others, and the same ones again",
  permissions: "none",
  fn() {
    const random = seededRandom(12);
    const peers = peersOf(40);
    const chosen = Array.from({ length: 400 }, () => {
      const choker = new Choker({ slots: 5, random });
      const [first, second] = playRounds(choker, "leecher", 2, () => peers);
      assertEquals(second, first);
      return first!;
    });
    for (let key = 0; key < 40; key++) {
      const turns = turnsOf(chosen, key);
      assert(turns > 25 && turns < 85, `peer ${key} was served ${turns} times, 50 expected`);
    }
  },
});

Deno.test({
  name: "A leecher's choker serves a peer that gives nothing no sooner for changing its interest",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 5, random: seededRandom(13) });
    const peers = peersOf(40);
    const first = choker.choose(peers, "leecher", 0);
    const restless = peers.find(({ key }) => !first.has(key))!;
    const calm = peers.map((peer) =>
      peer === restless ? { ...peer, interest: "not-interested" as const } : peer
    );
    for (let turn = 1; turn <= 200; turn++) {
      assertEquals(choker.choose(calm, "leecher", turn), first);
      assertEquals(choker.choose(peers, "leecher", turn), first);
    }
  },
});

Deno.test({
  name: "A leecher's choker tries each other peer in turn, for 30 s at a time",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 4, random: seededRandom(4) });
    const peers = peersOf(12, (key) => key * 1_000);
    const rounds = playRounds(choker, "leecher", 1_080, () => peers);
    const tried = rounds.map((served) => [...served].find((key) => key < 9));
    const perTry = OPTIMISTIC_MS / ROUND_MS;
    for (let at = 0; at < tried.length; at += perTry) {
      const same = new Set(tried.slice(at, at + perTry));
      assertEquals(same.size, 1, `rounds from ${at}: ${[...same]}`);
    }
    for (let key = 0; key < 9; key++) {
      const turns = turnsOf(rounds, key) / perTry;
      assert(turns >= 20 && turns <= 65, `peer ${key} was tried ${turns} times of 360`);
    }
  },
});

Deno.test({
  name: "A leecher's choker tries newcomers three times as often as those who are long here",
  permissions: "none",
  fn() {
    const random = seededRandom(5);
    let newcomer = 0;
    for (let run = 0; run < 2_000; run++) {
      const choker = new Choker({ slots: 2, random });
      const peers = [
        { ...peersOf(1)[0]!, rate: 1e6 },
        ...[1, 2, 3].map((key) => ({ ...peersOf(1)[0]!, key })),
        { ...peersOf(1)[0]!, key: 4, connectedMs: 100_000 },
      ];
      if (choker.choose(peers, "leecher", 120_000).has(4)) newcomer++;
    }
    assert(newcomer > 900 && newcomer < 1_100, `${newcomer} of 2000, half expected`);
  },
});

Deno.test({
  name: "A leecher's choker tries another peer once the one on trial has earned its slot",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 2, random: seededRandom(6) });
    const peers = peersOf(6, (key) => key === 0 ? 500 : 0);
    const first = choker.choose(peers, "leecher", 120_000);
    const trial = [...first].find((key) => key !== 0)!;
    const earned = peersOf(6, (key) => key === trial ? 9_000 : key === 0 ? 500 : 0);
    const second = choker.choose(earned, "leecher", 130_000);
    assert(second.has(trial) && second.size === 2);
  },
});

Deno.test({
  name: "A seeder's choker serves all alike over ten minutes, whatever rate they take",
  permissions: "none",
  fn() {
    for (const [count, slots] of [[40, 4], [17, 16], [9, 2]] as const) {
      const choker = new Choker({ slots, random: seededRandom(7) });
      const peers = peersOf(count, (key) => key ** 3);
      const rounds = playRounds(choker, "seeder", 360, () => peers);
      const turns = peers.map(({ key }) => turnsOf(rounds, key));
      const fair = 360 * slots / count;
      assert(Math.min(...turns) > fair * 0.8 && Math.max(...turns) < fair * 1.2, `${turns}`);
    }
  },
});

Deno.test({
  name:
    "A seeder's choker lets each peer keep its slot for its whole turn, however often it chooses",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 3, random: seededRandom(8) });
    const since = new Map<number, number>();
    let before = new Set<number>();
    let ended = 0;
    for (let nowMs = 0; nowMs < 300_000; nowMs += 700) {
      const served = choker.choose(peersOf(11), "seeder", nowMs);
      for (const key of served) if (!before.has(key)) since.set(key, nowMs);
      for (const key of before) {
        if (served.has(key)) continue;
        ended++;
        assert(nowMs - since.get(key)! >= SEED_TURN_MS, `peer ${key} lost its slot early`);
      }
      before = served;
    }
    assert(ended > 20, `${ended} turns ended`);
  },
});

Deno.test({
  name: "A seeder's choker gives the slot of a peer that left to another at once",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 3, random: seededRandom(9) });
    const served = choker.choose(peersOf(9), "seeder", 0);
    const [gone] = served;
    const rest = peersOf(9).filter(({ key }) => key !== gone);
    const after = choker.choose(rest, "seeder", 1);
    assertEquals(after.size, 3);
    for (const key of served) if (key !== gone) assert(after.has(key));
  },
});

Deno.test({
  name: "A seeder's choker gives nothing extra to a peer that keeps changing its interest",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 4, random: seededRandom(10) });
    const rounds = playRounds(choker, "seeder", 720, (round) =>
      peersOf(20).map((peer) => {
        const isAway = peer.key === 0 && round % 3 === 2;
        return isAway ? { ...peer, interest: "not-interested" as const } : peer;
      }));
    const fickle = turnsOf(rounds, 0);
    const others = rounds[0]!.size * 720 / 20;
    assert(fickle <= others * 1.1, `${fickle} turns, others have ${others}`);
  },
});

Deno.test({
  name: "A seeder's choker lets a peer that went away and came back wait anew",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 2, random: seededRandom(12) });
    const chooseAmong = (nowMs: number, ...keys: number[]): Set<number> => {
      return choker.choose(peersOf(5).filter(({ key }) => keys.includes(key)), "seeder", nowMs);
    };
    assertEquals(chooseAmong(0, 0, 1), new Set([0, 1]));
    chooseAmong(1_000, 0, 1, 2);
    chooseAmong(5_000, 0, 1, 2, 3, 4);
    chooseAmong(8_000, 0, 1, 3, 4);
    chooseAmong(10_000, 0, 1, 2, 3, 4);
    assertEquals(chooseAmong(20_000, 0, 1, 2, 3, 4), new Set([3, 4]));
  },
});

Deno.test({
  name: "A choker that becomes a seeder's goes on with those that it serves",
  permissions: "none",
  fn() {
    const choker = new Choker({ slots: 4, random: seededRandom(11) });
    const peers = peersOf(10, (key) => key);
    const before = choker.choose(peers, "leecher", 120_000);
    assertEquals(choker.choose(peers, "seeder", 121_000), before);
  },
});
