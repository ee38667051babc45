import { randomName } from "@freshet/local-stack/testing";
import { expect, test, vi } from "vitest";
import { createApplication, LIMITS, readTopic, start, WAIT } from "./testing/applications.js";
import { createTopic, number, produce, testAdmin, topicOf } from "./testing/broker.js";

const PARTITIONS = 6;
const KEYS = 40;
const PER_KEY = 150;

/** Redelivery goes back and comes again from there; anything else than the next number or a known one is a gap. */
function gaps(numbers: readonly number[]): number[] {
  let highest = -1;
  return numbers.filter((value) => {
    const gap = value > highest + 1;
    highest = Math.max(highest, value);
    return gap;
  });
}

test.each(["at_least_once", "exactly_once"] as const)(
  "members come and go in the middle of batches, %s: nothing is lost, and each key stays in order",
  async (processingGuarantee) => {
    const input = await createTopic(PARTITIONS);
    const output = randomName("topic");
    const group = randomName("group");
    const rounds = Array.from({ length: PER_KEY }, (_, round) => round);
    const keys = Array.from({ length: KEYS }, (_, key) => `key ${key}`);
    await produce(rounds.flatMap((round) => keys.map((key) => ({ topic: input, key, value: String(round) }))));

    let worked = 0;
    const startMember = () => {
      const application = createApplication({ consumerGroup: group, processingGuarantee, concurrency: 2 });
      application
        .dataframe(topicOf(input, number))
        .applyBatch(
          async (messages) => {
            // Long enough that a rebalance meets a batch in work.
            await new Promise((resolve) => setTimeout(resolve, 30));
            worked += messages.length;
            return messages.map(({ value }) => value);
          },
          { ...LIMITS, maxItems: 50 },
        )
        .toTopic(topicOf(output, number));
      return start(application);
    };
    const admin = await testAdmin();
    const members = async (count: number) => {
      await vi.waitUntil(async () => {
        const progress = await admin.groupProgress(group, []);
        return progress.members === count && progress.state === "Stable";
      }, WAIT);
    };
    const passed = async (count: number) => vi.waitUntil(() => worked >= count, WAIT);

    const first = startMember();
    await passed(500);
    const second = startMember();
    await members(2);
    await passed(1500);
    const third = startMember();
    await members(3);
    await first.stop();
    await passed(3000);
    await second.stop();
    await passed(4000);
    startMember();
    await members(2);

    const all = KEYS * PER_KEY;
    const distinct = new Set<string>();
    let counted = 0;
    const produced = await readTopic(topicOf(output, number), (messages) => {
      for (; counted < messages.length; counted++)
        distinct.add(`${messages[counted]?.key}/${messages[counted]?.value}`);
      return distinct.size === all;
    });
    for (const key of keys) {
      const numbers = produced.filter((message) => message.key === key).map(({ value }) => value);
      expect({ key, gaps: gaps(numbers), last: numbers.at(-1) }).toEqual({ key, gaps: [], last: PER_KEY - 1 });
      if (processingGuarantee === "exactly_once") expect(numbers).toEqual(rounds);
    }
    await third.stop();
    await vi.waitUntil(async () => {
      const { partitions } = await admin.groupProgress(group, [input]);
      return partitions.every(({ committed, end }) => committed === end || end === 0n);
    }, WAIT);
  },
);
