import type { PollMetrics } from "./poll-metrics.js";
import type { SyncRequests } from "./sync-requests.js";

/** What outlives the sessions that poll. */
export interface Polling {
  readonly requests: SyncRequests;
  readonly metrics: PollMetrics;
}
