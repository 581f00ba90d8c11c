import type { PieceStore } from "../storage/mod.ts";
import type { PeerLink } from "./link.ts";
import type { PieceOrders } from "./piece_orders.ts";
import type { DownloadPlan, Wanted } from "./policy/mod.ts";
import type { Requests } from "./requests.ts";
import { tellGuide } from "./tell_pieces.ts";
import type { Guide } from "./wire/mod.ts";

/** What decides which of the named pieces are fetched. */
export interface FollowOptions {
  readonly store: PieceStore;
  readonly plan: DownloadPlan;
  readonly requests: Requests;
  readonly orders: PieceOrders;
  readonly wanted: Wanted;
}

/**
 * Notes what a peer wants us to fetch from it, and declines what is not to be asked of it now. If it conducts us, it
 * knows who is silent: what such peers owe of that is taken from them.
 */
export function followGuide(link: PeerLink, guide: Guide, options: FollowOptions): void {
  const { plan, requests, wanted } = options;
  const { guides } = link;
  const named = link.guide(guide);
  const conducts = link.fast.conduct.part === "conductor";
  const taken = requests.takeOver(link, conducts ? guide.pieces : []);
  if (!guides && link.guides) beGuided(link, options);
  const pieces = named.filter((index) =>
    !link.window.owes(index) &&
    (wanted === "demanded" || !plan.isMissing(index) && !taken.has(index))
  );
  plan.holders.opened(link.fast.guided ?? link.bits);
  plan.holders.opened(link.reach);
  if (pieces.length === 0) return;
  tellGuide(link, { choice: "declined", pieces });
}

/** Tells a peer that begins to guide us what we have; what was ordered of it may still be asked for. */
function beGuided(link: PeerLink, { store: { held }, orders }: FollowOptions): void {
  const bitfield = () => ({ type: "bitfield", bits: held.toBytes() }) as const;
  if (!held.isEmpty) link.session.outgoing.send(bitfield);
  for (const { key, index } of orders.open) if (key === link.key) link.allow(index);
}
