import { MAX_LISTED_HASHES } from "../limits.ts";
import type { RefusedReport, UpdateStatusArguments, UpdateStatusReply } from "../protocol/mod.ts";
import { REFUSAL, TrackerRefusedError } from "../refused_error.ts";
import type { TrackerContext } from "./context.ts";
import type { Session } from "./session.ts";

/** Answers `update_status`: each report is taken or refused by itself. */
export function answerUpdateStatus(
  query: UpdateStatusArguments,
  { peer }: Session,
  { registry, fetching, clock }: TrackerContext,
): UpdateStatusReply {
  if (peer === undefined) {
    throw new TrackerRefusedError(
      REFUSAL.forbidden,
      "Cannot take report: the connection gave no port, so it can hold nothing",
    );
  }
  for (const infoHash of query.gone) registry.leave(peer, infoHash);
  const unknown = new Set<RefusedReport["infoHash"]>();
  const refused: RefusedReport[] = [];
  for (const report of query.torrents) {
    try {
      if (registry.report(peer, report) === "resend") unknown.add(report.infoHash);
      else fetching.take(peer, report);
    } catch (error) {
      if (!(error instanceof TrackerRefusedError)) throw error;
      refused.push({ infoHash: report.infoHash, code: error.code, text: error.message });
    }
  }
  for (const infoHash of registry.unclear(peer)) unknown.add(infoHash);
  return {
    want: registry.takeWanted(peer, clock.now()),
    resend: [...unknown].slice(0, MAX_LISTED_HASHES),
    refused,
  };
}
