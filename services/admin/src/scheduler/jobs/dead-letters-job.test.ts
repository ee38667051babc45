import { expect, it } from "vitest";
import { summarizeLetters } from "./dead-letters-job.js";

const count = (topic: string, letters: number, errorClass: string | null = "SyntaxError") => ({
  ...{ deadLetterTopic: `dlq.${topic}`, topic, errorClass, letters, oldest: 0, newest: 0 },
});

it("is well without letters, and otherwise names where most of them are", () => {
  expect(summarizeLetters([])).toEqual({ result: "ok", message: "There are no dead letters." });
  expect(summarizeLetters([count("books", 1)])).toEqual({
    result: "found",
    message: "1 dead letter waits: 1 in dlq.books (SyntaxError).",
  });
  const many = [1, 2, 3, 4, 5].map((letters) => count(`t${letters}`, letters));
  expect(summarizeLetters([...many, count("films", 1200, null)]).message).toBe(
    "1,215 dead letters wait: 1,200 in dlq.films (unknown), 5 in dlq.t5 (SyntaxError), 4 in dlq.t4 (SyntaxError), " +
      "3 in dlq.t3 (SyntaxError), 2 in dlq.t2 (SyntaxError), ….",
  );
});
