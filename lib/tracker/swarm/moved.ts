import { MAX_BELIEVED_BYTES } from "../limits.ts";
import type { Member } from "./peer.ts";

/** Bytes sent to others and fetched from others. */
export interface ByteCounts {
  /** Sent to others; nothing if that is not said. */
  readonly uploaded?: number | undefined;
  /** Fetched from others; nothing if that is not said. */
  readonly downloaded?: number | undefined;
}

/**
 * Bytes that were moved, by the account of those who moved them; only for what is shown to people. It
 * only grows: of one whose account falls, as after a restart of a client, and of the first that a member
 * tells, nothing is known of when the bytes were moved.
 */
export class Moved {
  /** Sent to others. */
  uploaded = 0;
  /** Fetched from others. */
  downloaded = 0;

  /** Takes down the account of a member, its first or a later one, which counts for its swarm as well. */
  take(member: Member, account: ByteCounts, when: "first" | "later"): void {
    const { uploaded = member.uploaded, downloaded = member.downloaded } = account;
    if (when === "later") {
      for (const moved of [this, member.swarm.moved]) moved.add(member, { uploaded, downloaded });
    }
    member.uploaded = uploaded;
    member.downloaded = downloaded;
  }

  /** Adds what was moved between two accounts; who counts from nothing again has moved nothing. */
  add(before: ByteCounts, after: ByteCounts): void {
    this.uploaded += credible((after.uploaded ?? 0) - (before.uploaded ?? 0));
    this.downloaded += credible((after.downloaded ?? 0) - (before.downloaded ?? 0));
  }
}

/** Bytes that one account may add; less than none, or more than any line moves, is not believed. */
function credible(bytes: number): number {
  return bytes > 0 && bytes <= MAX_BELIEVED_BYTES ? bytes : 0;
}
