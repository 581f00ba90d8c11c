import { MAX_PUSHED_PEERS } from "../limits.ts";
import { encodePeersChanged, PEERS_CHANGED } from "../protocol/mod.ts";
import { sample, type SwarmChange } from "../swarm/mod.ts";
import type { TrackerContext } from "./context.ts";
import type { Session } from "./session.ts";

/**
 * Tells the members of each swarm who came and who went since the last time; must be called again and
 * again. In a large swarm a few members are told of a few others, so that a join costs the same however
 * many are there; the rest is found by asking.
 */
export function pushChanges(context: TrackerContext): void {
  const { registry, sessions, random } = context;
  // Where nobody is connected nobody is told, and those who announce themselves may be very many.
  if (sessions.isEmpty) return registry.changes.forget();
  for (const change of registry.changes.drain()) {
    const connected = change.swarm.members.flatMap(({ peer }) => sessions.of(peer) ?? []);
    for (const session of sample(connected, MAX_PUSHED_PEERS, random)) {
      tell(session, change, context);
    }
  }
}

function tell(
  session: Session,
  { swarm, joined, gone }: SwarmChange,
  context: TrackerContext,
): void {
  const others = joined.filter((peer) => peer !== session.peer);
  if (others.length + gone.length === 0) return;
  const content = encodePeersChanged({
    infoHash: swarm.infoHash,
    joined: others.map((peer) => session.contactOf(peer)),
    gone: gone.map((peer) => session.contactOf(peer)),
  });
  context.counters.pushes++;
  void session.outbox.send({ type: "push", name: PEERS_CHANGED, content });
}
