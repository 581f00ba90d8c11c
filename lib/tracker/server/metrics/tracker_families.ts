import { REFUSAL } from "../../refused_error.ts";
import type { TrackerContext } from "../context.ts";
import { type Census, takeCensus } from "./census.ts";
import { OUTCOMES } from "./door_meter.ts";
import { type Family, type Labels, single } from "./family.ts";

/** What a tracker knows and has done, as numbers. */
export function trackerFamilies(context: TrackerContext): Family[] {
  const { counters, registry, readiness } = context;
  const { connections, connected, pushes, refusals } = counters.sinceStart();
  const { moved } = registry;
  return [
    ...censusFamilies(takeCensus(context)),
    ...requestFamilies(context),
    single("gauge", "sluice_tracker_connections", "Connections at the TCP door.", connections),
    single(
      "counter",
      "sluice_tracker_connections_admitted_total",
      "Connections at the TCP door that were let in.",
      connected,
    ),
    {
      type: "counter",
      name: "sluice_tracker_refusals_total",
      help: "Refusals by the code of the tracker's protocol.",
      values: Object.values(REFUSAL).map((code) => [{ code: `${code}` }, refusals[code] ?? 0]),
    },
    single("counter", "sluice_tracker_pushes_total", "Changes told to connected peers.", pushes),
    {
      type: "counter",
      name: "sluice_tracker_reported_bytes_total",
      help: "Bytes that peers say they have moved, by their own account.",
      values: [
        [{ direction: "up" }, moved.uploaded],
        [{ direction: "down" }, moved.downloaded],
      ],
    },
    single(
      "counter",
      "sluice_tracker_peers_expired_total",
      "Peers that were forgotten because nothing was heard of them.",
      counters.expired,
    ),
    single(
      "gauge",
      "sluice_tracker_ready",
      "Whether the tracker serves: 0 while it drains or a door is shut.",
      readiness.obstacle === undefined ? 1 : 0,
    ),
    {
      type: "histogram",
      name: "sluice_tracker_event_loop_lag_seconds",
      help: "By how much a timer that is set four times a second is late.",
      values: [[{}, counters.lag]],
    },
  ];
}

function censusFamilies({ swarms, files, peers, members }: Census): Family[] {
  return [
    single("gauge", "sluice_tracker_swarms", "Swarms that are known.", swarms),
    single("gauge", "sluice_tracker_files", "Swarms whose torrent file is there.", files),
    {
      type: "gauge",
      name: "sluice_tracker_peers",
      help: "Peers: sluice ones are connected at the TCP door, others announce themselves.",
      values: [[{ kind: "sluice" }, peers.sluice], [{ kind: "other" }, peers.other]],
    },
    {
      type: "gauge",
      name: "sluice_tracker_members",
      help: "Peers by swarm, so that one in two swarms counts twice.",
      values: (["sluice", "other"] as const).flatMap((kind) =>
        (["seeder", "leecher"] as const).map(
          (role): [Labels, number] => [{ kind, role }, members[kind][role]],
        )
      ),
    },
  ];
}

function requestFamilies({ counters }: TrackerContext): Family[] {
  const doors = Object.entries(counters.doors);
  return [
    {
      type: "counter",
      name: "sluice_tracker_requests_total",
      help: "Requests by door and by what became of them.",
      values: doors.flatMap(([door, { counts }]) =>
        OUTCOMES.map((outcome): [Labels, number] => [{ door, outcome }, counts[outcome]])
      ),
    },
    {
      type: "histogram",
      name: "sluice_tracker_request_duration_seconds",
      help: "Time from when a request was read until its answer was made.",
      values: doors.map(([door, { durations }]) => [{ door }, durations]),
    },
    {
      type: "counter",
      name: "sluice_tracker_page_requests_total",
      help: "Requests by HTTP for anything but announces and scrapes, by the class of the status.",
      values: [...counters.pages].map(([status, count]) => [{ status }, count]),
    },
    {
      type: "counter",
      name: "sluice_tracker_queries_total",
      help: "Requests that were understood, by door and by what was asked.",
      values: Object.entries(counters.sinceStart().queries).map(([name, count]) => {
        const [, door = "tcp", query = name] = /^(http|udp) (.+)$/.exec(name) ?? [];
        return [{ door, query }, count];
      }),
    },
  ];
}
