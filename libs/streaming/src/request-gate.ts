/**
 * Self-fencing: Kafka refuses the commits of a member it has given up, but nobody refuses that member's writes
 * elsewhere. So before each request that changes something outside, ask the gate.
 */
export interface RequestGate {
  /**
   * @param requestTimeoutMs how long the request may take before it is given up.
   * @throws {FencedError} when the last successful heartbeat is older than the session time-out less that.
   */
  check(requestTimeoutMs: number): void;
}
