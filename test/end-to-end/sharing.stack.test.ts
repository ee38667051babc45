import { transformerGroup } from "@freshet/schemas/consumer-groups";
import { expect, it } from "vitest";
import { setScene } from "../failure/scene.js";
import { withTopicAdmin } from "../support/quiescence.js";
import { until } from "../support/until.js";

/** The sum of a counter over its labels. */
async function counter(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

it("shares the partitions between two transformers of one group", async () => {
  const scene = await setScene({ seed: Math.floor(Math.random() * 2 ** 31) });
  const [producer, first, second, sink] = await Promise.all(
    (["cdc-producer", "embedding-transformer", "embedding-transformer", "vector-sink"] as const).map(async (name) =>
      scene.pipeline.start(name),
    ),
  );
  if (!producer || !first || !second || !sink) throw new Error("four services were asked for");
  await Promise.all([producer, first, second, sink].map(async (service) => service.ready()));
  await withTopicAdmin(scene.brokers, async (admin) =>
    until(
      async () => {
        const { members, state } = await admin.groupProgress(transformerGroup(scene.name), []);
        return members === 2 && state === "Stable";
      },
      { what: "both are in the group", timeoutMs: 60_000 },
    ),
  );

  scene.workload.start();
  await scene.moreChanges(200);
  await scene.expectIndexEqualsTable();
  expect(await counter(first.url, "freshet_embedding_texts_total")).toBeGreaterThan(0);
  expect(await counter(second.url, "freshet_embedding_texts_total")).toBeGreaterThan(0);
});
