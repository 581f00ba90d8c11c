import type { PeerLink } from "./link.ts";
import { type Conduct, encodeConduct, encodeGuide, type Guide } from "./wire/mod.ts";

/** Tells a peer which pieces to fetch from us, or answers one that told us so (`sl_guide`). */
export function tellGuide({ session }: PeerLink, guide: Guide): void {
  session.sendExtended("sl_guide", encodeGuide(guide));
}

/** Tells a peer which pieces to fetch from others, or answers one that told us so (`sl_conduct`). */
export function tellConduct({ session }: PeerLink, conduct: Conduct): void {
  session.sendExtended("sl_conduct", encodeConduct(conduct));
}
