import type { PieceStore } from "../storage/mod.ts";
import type { PeerLink } from "./link.ts";
import type { PieceOrders } from "./piece_orders.ts";
import type { DownloadPlan, Wanted } from "./policy/mod.ts";
import { tellGuide } from "./tell_pieces.ts";
import type { Guide } from "./wire/mod.ts";

/** What decides which of the named pieces are fetched. */
export interface FollowOptions {
  readonly store: PieceStore;
  readonly plan: DownloadPlan;
  readonly orders: PieceOrders;
  readonly wanted: Wanted;
}

/** Notes what a peer wants us to fetch from it, and declines what is not to be asked of it now. */
export function followGuide(link: PeerLink, guide: Guide, options: FollowOptions): void {
  const { plan, wanted } = options;
  const { guides } = link;
  const named = link.guide(guide);
  if (!guides && link.guides) beGuided(link, options);
  const pieces = named.filter((index) =>
    !link.window.owes(index) && (wanted === "demanded" || !plan.isMissing(index))
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
