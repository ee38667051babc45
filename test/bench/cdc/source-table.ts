import type { Client } from "pg";

const TRANSACTION_ROWS = 1000;
const NOTE_BYTES = 162;

/** A table in a schema of its own, as its owner fills it. */
export class SourceTable {
  readonly schema: string;
  readonly name = "rows";
  readonly #client: Client;

  private constructor(client: Client, schema: string) {
    this.#client = client;
    this.schema = schema;
  }

  get qualifiedName(): string {
    return `${this.schema}.${this.name}`;
  }

  /** Six columns of common types; a row's texts take 216 bytes. */
  static async create(client: Client, schema: string): Promise<SourceTable> {
    const table = new SourceTable(client, schema);
    await client.query(`CREATE SCHEMA ${schema}`);
    await client.query(
      `CREATE TABLE ${table.qualifiedName}
         (id int8 PRIMARY KEY, name text, note text, amount numeric(12, 2), changed_at timestamptz, active bool)`,
    );
    return table;
  }

  /** Commits every thousand rows. */
  async insert(from: number, count: number, noteBytes = NOTE_BYTES): Promise<void> {
    for (let start = from; start < from + count; start += TRANSACTION_ROWS) {
      await this.insertAtOnce(start, Math.min(TRANSACTION_ROWS, from + count - start), noteBytes);
    }
  }

  /** All in one transaction. */
  async insertAtOnce(from: number, count: number, noteBytes: number): Promise<void> {
    await this.#client.query(
      `INSERT INTO ${this.qualifiedName}
       SELECT id, 'customer ' || lpad(id::text, 9, '0'), rpad(md5(id::text), $3::int, 'lorem ipsum dolor sit amet '),
              (id % 100000) / 100.0, '2024-01-01 00:00:00Z'::timestamptz + id * interval '1 second', id % 2 = 0
       FROM generate_series($1::int8, $1::int8 + $2::int8 - 1) AS id`,
      [from, count, noteBytes],
    );
  }

  async drop(): Promise<void> {
    await this.#client.query(`DROP SCHEMA ${this.schema} CASCADE`);
  }
}
