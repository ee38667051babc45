import { readFileSync } from "node:fs";
import pg from "pg";

/** See proc(5): user and system time in ticks, which Linux has 100 of in a second. */
const TICKS_PER_SECOND = 100;

/** What some processes of Postgres have used since this was made. */
export class BackendCpu {
  readonly #pids: readonly number[];
  readonly #before: number;

  private constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#before = this.#seconds();
  }

  /** @param name the connections' application_name. */
  static async of(url: string, name: string): Promise<BackendCpu> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const query = "SELECT pid FROM pg_stat_activity WHERE application_name = $1";
      const { rows } = await client.query<{ pid: number }>(query, [name]);
      return new BackendCpu(rows.map(({ pid }) => pid));
    } finally {
      await client.end();
    }
  }

  used(): number {
    return this.#seconds() - this.#before;
  }

  #seconds(): number {
    return this.#pids.reduce((sum, pid) => sum + secondsOf(pid), 0);
  }
}

function secondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold blanks; the 3rd field is the first behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
