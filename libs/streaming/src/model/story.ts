import type { History, HistoryEvent } from "./history.js";
import type { PlacedMessage } from "./model-message.js";

/** A history for who has to find out what went wrong in it. */
export function tell({ partitions, application, topology, events, faults }: History): string {
  return [
    `${partitions} partitions; ${JSON.stringify({ ...application, ...topology })}`,
    ...events.map((event) => `at ${event.at}: ${tellEvent(event)}`),
    ...faults.flatMap((ofMember, member) =>
      ofMember.map(({ step, nth, action }) => `member ${member}: ${action} at ${step} ${nth}`),
    ),
  ].join("\n");
}

function tellEvent(event: HistoryEvent): string {
  if (event.what !== "produce") return `${event.what} member ${event.member}`;
  const odd = event.messages.filter(({ fate }) => fate !== "plain").map(tellMessage);
  return `produce ${event.messages.length} messages, of which ${odd.join(", ") || "none is odd"}`;
}

function tellMessage({ key, sequence, fate, partition, offset }: PlacedMessage): string {
  return `${partition}/${offset} = ${key}/${sequence} ${fate}`;
}
