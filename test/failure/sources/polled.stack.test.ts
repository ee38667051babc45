import { createDatabase, kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import { writeFile } from "node:fs/promises";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";
import { FreshetCommand } from "../../support/freshet-command.js";
import { Pipeline } from "../../support/pipeline.js";

interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly healed: number | null;
  readonly rows: number;
}

it("tells and repairs what a polled source couldn't see", async () => {
  const { url } = await createDatabase();
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  const name = randomName("polled");
  const table = { schema: "public", name };
  await client.query(
    `CREATE TABLE public.${name} (id int PRIMARY KEY, body text, gone boolean, changed timestamptz NOT NULL DEFAULT now())`,
  );
  await client.query(`INSERT INTO public.${name} SELECT i, 'row ' || i, i = 40 FROM generate_series(1, 40) i`);
  const options = {
    postgresUrl: url,
    brokers: kafkaBrokers(),
    modelDirectory: await modelFolder("q8"),
    dtype: "q8",
  } as const;
  const pipeline = await Pipeline.prepare({ ...options, name, table, text: "{{ body }}", payload: ["id"] });
  onTestFinished(async () => {
    await pipeline.stop("SIGKILL");
  });
  const configuration = {
    source: {
      ...{ mode: "poll", slot: name, poll: { intervalSeconds: 1, overlapSeconds: 2 } },
      tables: [{ table: `public.${name}`, poll: { updatedAt: "changed", deletedAt: "gone" } }],
    },
    topics: { partitions: 2 },
    models: { local: { provider: "local", name: "BAAI/bge-small-en-v1.5", dtype: "q8" } },
    stores: { main: { kind: "zvec" } },
    indexes: {
      [name]: { table: `public.${name}`, text: "{{ body }}", payload: ["id"], model: "local", stores: ["main"] },
    },
  };
  await writeFile(pipeline.environment["FRESHET_CONFIG"] ?? "", JSON.stringify(configuration));
  const verify = async (...words: readonly string[]) => {
    const command = new FreshetCommand(pipeline.environment, ["verify", "--json", "--timeout", "100", ...words]);
    onTestFinished(() => command.kill());
    const { code, stdout, stderr } = await command.outcome();
    const { reports } = JSON.parse(stdout) as { readonly reports: readonly Report[] };
    return { code, report: reports[0], output: `${stdout}\n${stderr}` };
  };

  const services = [
    await pipeline.start("cdc-producer"),
    await pipeline.start("embedding-transformer"),
    await pipeline.start("vector-sink"),
  ];
  await Promise.all(services.map((service) => service.ready()));
  await client.query(
    `INSERT INTO public.${name} VALUES (41, 'new'); UPDATE public.${name} SET body = 'other', changed = now() WHERE id = 1`,
  );
  const equal = await verify();
  expect(equal, equal.output).toMatchObject({ code: 0, report: { rows: 40 } });

  await client.query(
    `UPDATE public.${name} SET body = 'nobody sees it' WHERE id IN (2, 3); DELETE FROM public.${name} WHERE id = 4`,
  );
  const different = await verify();
  expect(different, different.output).toMatchObject({
    code: 1,
    report: { counts: { stale: 2, orphaned: 1, missing: 0 } },
  });
  const repaired = await verify("--repair", "--rate", "1000");
  expect(repaired, repaired.output).toMatchObject({ code: 0, report: { healed: 3 } });
  const after = await verify();
  expect(after, after.output).toMatchObject({ code: 0, report: { rows: 39 } });
});
