import { expect, test } from "vitest";
import { type FetchedMessage, hideAborted } from "./aborted-records.js";

const record = (offset: number, producerId: string, inTransaction = true): FetchedMessage => ({
  ...{ offset: String(offset), key: Buffer.from("a"), isControlRecord: false },
  batchContext: { producerId, inTransaction },
});
const end = (offset: number, producerId: string, type: "abort" | "commit"): FetchedMessage => ({
  ...record(offset, producerId),
  key: Buffer.from([0, 0, 0, type === "abort" ? 0 : 1]),
  isControlRecord: true,
});

function shown(messages: FetchedMessage[], aborted: readonly (readonly [producerId: string, firstOffset: number])[]) {
  const partition = {
    messages,
    abortedTransactions: aborted.map(([producerId, first]) => ({ producerId, firstOffset: String(first) })),
  };
  hideAborted(partition);
  expect(partition.abortedTransactions).toEqual([]);
  return partition.messages.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => Number(offset));
}

test("transactions that end in another order than they began", () => {
  const log = [record(0, "1"), record(1, "2"), record(2, "1"), end(3, "2", "abort"), end(4, "1", "abort")];
  expect(shown([...log, record(5, "3")], [["2", 1], ["1", 0]])).toEqual([5]); // prettier-ignore
});

test("transactions that were open when the fetch begins", () => {
  const log = [record(10, "2"), record(11, "1"), end(12, "1", "abort"), record(13, "2"), end(14, "2", "abort")];
  expect(shown([...log, record(15, "2")], [["1", 3], ["2", 5]])).toEqual([15]); // prettier-ignore
});

test("what the same producer commits before and after, and sends outside of transactions", () => {
  const log = [
    ...[record(0, "1"), end(1, "1", "commit"), record(2, "1"), end(3, "1", "abort"), record(4, "1")],
    ...[end(5, "1", "commit"), record(6, "1"), record(7, "1", false), end(8, "1", "abort")],
  ];
  expect(shown(log, [["1", 2], ["1", 6]])).toEqual([0, 4, 7]); // prettier-ignore
});

test("nothing, where no transaction was aborted", () => {
  const partition = { messages: [record(0, "1")], abortedTransactions: null };
  hideAborted(partition);
  expect(partition).toEqual({ messages: [record(0, "1")], abortedTransactions: null });
});
