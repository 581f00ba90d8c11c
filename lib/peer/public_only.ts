import type { Discovery, SwarmMember, SwarmTicket } from "./discovery.ts";

/**
 * A means by which strangers hear of torrents, without the private ones, whose peers come from their
 * own trackers alone (BEP 27). Of a torrent of which only the info-hash is known nobody can tell.
 */
export function publicOnly(discovery: Discovery): Discovery {
  const seek = discovery.seek?.bind(discovery);
  return {
    join: (member: SwarmMember): SwarmTicket =>
      member.info.privacy === "private" ? silentTicket() : discovery.join(member),
    ...(seek !== undefined && { seek }),
  };
}

/** The ticket of a torrent of which nobody is told: it finds nobody, and ends when it is left. */
function silentTicket(): SwarmTicket {
  const left = Promise.withResolvers<void>();
  return {
    peers: new ReadableStream({
      pull: async (controller) => {
        await left.promise;
        controller.close();
      },
    }, { highWaterMark: 0 }),
    announced: left.promise,
    pieceHeld: () => {},
    [Symbol.dispose]: () => left.resolve(),
  };
}
