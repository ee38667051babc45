import { randomInt } from "node:crypto";
import getPort from "get-port";

/** Registered ports above the well-known ones, and below those that Linux (from 32768) and macOS (from 49152) give to clients. */
const LOWEST = 20_000;
const HIGHEST = 32_767;
const TRIES = 20;

/**
 * A port of the host that nobody listens on now. It isn't one that systems give to the clients' ends of connections: a server that
 * is down for a moment gets its port back, and a client that keeps trying meanwhile can't be connected to itself.
 */
export function freePort(host: string): Promise<number> {
  return getPort({ host, port: Array.from({ length: TRIES }, () => randomInt(LOWEST, HIGHEST + 1)) });
}
