import { randomSource } from "@freshet/local-stack/random";
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import type { Client } from "pg";
import { randomWords } from "../support/random-words.js";

export interface Title {
  readonly showId: string;
  readonly title: string;
  readonly description: string;
}

const SYNTHETIC_ROWS = 8786;
const SYNTHETIC_SEED = 20_240_101;
const WORDS =
  "a the of in young old river city war love letter stranger family secret night return hunts finds fights lost".split(
    " ",
  );

/** The real data set where it is there, else as many rows of seeded nonsense of about the same length. */
export function readTitles(data: string | null): Title[] {
  if (data === null) return syntheticTitles();
  const rows = parse<Record<string, string>>(readFileSync(`${data}/titles.csv`), { columns: true, bom: true });
  return rows.map((row) => ({
    showId: row["show_id"] ?? "",
    title: row["title"] ?? "",
    description: row["description"] ?? "",
  }));
}

function syntheticTitles(): Title[] {
  const random = randomSource(SYNTHETIC_SEED);
  const words = (count: number) => randomWords(WORDS, count, random);
  return Array.from({ length: SYNTHETIC_ROWS }, (_, row) => ({
    showId: `s${row + 1}`,
    title: words(3),
    description: words(24),
  }));
}

/** What the index's template makes of a row. */
export const titleText = ({ title, description }: Title): string => `${title}. ${description}`;

export async function createTitlesTable(client: Client, schema: string, titles: readonly Title[]): Promise<void> {
  await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`CREATE TABLE ${schema}.titles (show_id text PRIMARY KEY, title text, description text)`);
  await insertTitles(client, schema, titles);
}

export async function insertTitles(client: Client, schema: string, titles: readonly Title[]): Promise<void> {
  await client.query(`INSERT INTO ${schema}.titles SELECT * FROM unnest($1::text[], $2::text[], $3::text[])`, [
    titles.map(({ showId }) => showId),
    titles.map(({ title }) => title),
    titles.map(({ description }) => description),
  ]);
}
