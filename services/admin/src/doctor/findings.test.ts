import { encodeDefinition } from "@freshet/generations/definition";
import { createColors } from "picocolors";
import { expect, it } from "vitest";
import { configurationOf, definition, generationsState } from "../reindex/testing/generations.js";
import { begin } from "../reindex/record-changes.js";
import { NOW, sourceState } from "../testing/states.js";
import { indexFinding } from "./index-findings.js";
import { producerFinding } from "./producer-finding.js";
import { renderFindings } from "./render-findings.js";
import { topicFindings, type ExpectedTopic } from "./topic-findings.js";

const expected: ExpectedTopic = {
  ...{ name: "embeddings.books", madeBy: "the embedding-transformer", minMessageBytes: 4_000_000 },
  partitions: { count: 6, rule: "exactly" },
};
const settings = { "cleanup.policy": "compact", "max.message.bytes": "4194304" };

function look(parts: { partitions?: number; settings?: Record<string, string> }, wanted = expected) {
  const seen = {
    partitions: parts.partitions ?? 6,
    settings: new Map(Object.entries({ ...settings, ...parts.settings })),
  };
  return topicFindings(wanted, seen).map(({ ok, says }) => [ok, says]);
}

it("finds each way in which a topic isn't what it should be", () => {
  expect(look({})).toEqual([[true, "6 partitions, compacted."]]);
  expect(topicFindings(expected, null)).toMatchObject([{ ok: "warning" }]);
  expect(look({ settings: { "cleanup.policy": "delete", "max.message.bytes": "1000000" } })).toEqual([
    [false, expect.stringContaining("--entity-name embeddings.books --add-config cleanup.policy=compact")],
    ["warning", expect.stringContaining("--add-config max.message.bytes=4000000")],
  ]);
});

it("minds the number of partitions where the order depends on it", () => {
  expect(look({ partitions: 3 })).toEqual([[false, expect.stringContaining("3 partitions instead of 6")]]);
  const configured = { ...expected, partitions: { count: 6, rule: "configured" } } as const;
  expect(look({ partitions: 3 }, configured)).toEqual([
    ["warning", "has 3 partitions and keeps them; topics.partitions says 6."],
  ]);
  expect(look({ partitions: 3 }, { ...expected, partitions: { count: null, rule: "exactly" } })).toEqual([
    [true, "3 partitions, compacted."],
  ]);
});

it("says whether the producer runs, and what troubles it", () => {
  expect(producerFinding("s", null, NOW).ok).toBe("warning");
  expect(producerFinding("s", sourceState(), NOW + 1_000).ok).toBe(true);
  expect(producerFinding("s", sourceState(), NOW + 61_000).ok).toBe("warning");
  expect(producerFinding("s", sourceState({ lastError: "It broke." }), NOW)).toMatchObject({ ok: false });
});

it("warns of an index that isn't what the configuration says, unless that is being built", () => {
  const configuration = configurationOf(definition({ text: "{{ author }}" }));
  expect(indexFinding(configuration, generationsState())).toMatchObject({
    ...{
      check: "index books",
      ok: "warning",
      says: expect.stringContaining("another text: freshet reindex books") as string,
    },
  });
  const built = begin(
    generationsState(),
    { definition: encodeDefinition(definition({ text: "{{ author }}" })), documents: null },
    9,
  );
  expect(indexFinding(configuration, built)).toMatchObject({
    ok: true,
    says: expect.stringContaining("to generation 2 is under way (filling)") as string,
  });
  expect(indexFinding(configuration, { ...built, serving: 2, reindex: null })).toMatchObject({ ok: true });
});

it("prints the SQL below what it cures", () => {
  const colors = createColors(false);
  const text = renderFindings(
    [
      { check: "broker", ok: true, says: "Kafka answers.\nTwice." },
      { check: "table public.t", ok: false, says: "It has no key.", sql: "ALTER TABLE t ADD PRIMARY KEY (id);" },
      { check: "slot", ok: "warning", says: "It keeps WAL without a limit." },
    ],
    colors,
  );
  expect(text).toBe(
    [
      "✓ broker          Kafka answers.",
      "                  Twice.",
      "✗ table public.t  It has no key.",
      "                  ALTER TABLE t ADD PRIMARY KEY (id);",
      "! slot            It keeps WAL without a limit.",
      "",
      "Something has to be changed: see each ✗.",
    ].join("\n"),
  );
  expect(renderFindings([{ check: "slot", ok: "warning", says: "" }], colors)).toContain("Nothing stands in the way.");
});
