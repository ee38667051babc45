/** Postgres counts its time stamps from 2000-01-01 UTC. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);

/** @param microseconds since 2000-01-01 UTC. @returns ms since the Unix epoch. */
export function fromWalTime(microseconds: bigint): number {
  return Number(microseconds / 1000n) + POSTGRES_EPOCH_MS;
}

/** @param ms since the Unix epoch. @returns microseconds since 2000-01-01 UTC. */
export function toWalTime(ms: number): bigint {
  return BigInt(Math.trunc(ms) - POSTGRES_EPOCH_MS) * 1000n;
}
