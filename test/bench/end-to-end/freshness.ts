import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "pg";
import type { Pipeline } from "../../support/pipeline.js";
import { search } from "../../support/search-client.js";
import { until } from "../../support/until.js";
import { insertTitles, titleText, type Title } from "../titles.js";

const ROWS_PER_SECOND = 5;

/** ms from each commit's answer to the first search that finds the row, at a steady rate of single-row inserts. */
export async function measureFreshness(options: {
  readonly pipeline: Pipeline;
  readonly client: Client;
  readonly schema: string;
  readonly seconds: number;
}): Promise<number[]> {
  const { pipeline, client, schema, seconds } = options;
  const service = await pipeline.start("search");
  await service.ready();
  const pending: Promise<number>[] = [];
  const startedAt = performance.now();
  for (let row = 0; row < seconds * ROWS_PER_SECOND; row++) {
    await wait(Math.max(0, startedAt + (row * 1000) / ROWS_PER_SECOND - performance.now()));
    const title: Title = {
      showId: `fresh-${row}`,
      title: `Fresh title ${row}`,
      description: `The ${row}th chronicle of river ${row * 7}.`,
    };
    await insertTitles(client, schema, [title]);
    pending.push(searchable(service.url, title));
  }
  return Promise.all(pending);
}

async function searchable(url: string, title: Title): Promise<number> {
  const committedAt = performance.now();
  const found = async () =>
    (await search(url, titleText(title), { k: 10 })).some(({ key }) => key["show_id"] === title.showId);
  await until(found, { what: `${title.showId} is searchable`, timeoutMs: 60_000, everyMs: 10 });
  return performance.now() - committedAt;
}
