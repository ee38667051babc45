import { readFileSync } from "node:fs";
import type { Client } from "pg";
import { search, type Answer } from "../support/search-client.js";
import { ROOT_DIRECTORY } from "../support/service-process.js";
import { until } from "../support/until.js";

export const QUESTION = "battle in space";

export interface Step {
  readonly title: string;
  readonly sql: string;
  /** What the whole answer must be for the step to be searchable, judged by every row's name and text. */
  readonly done: (answers: readonly Answer[]) => boolean;
  /** Who must come first then. */
  readonly first: string;
}

export interface StepResult {
  readonly step: Step;
  readonly answers: readonly Answer[];
  /** From the commit's answer to the first search that shows it, in ms. */
  readonly searchableMs: number;
}

export const sqlFile = (name: string): string => readFileSync(`${ROOT_DIRECTORY}/test/demo/sql/${name}`, "utf8");

const REWRITTEN = "Two fleets of starships fight a decisive battle in the orbit of a distant planet.";
const nameOf = (answer: Answer | undefined) => answer?.payload["name"];

/** The life of a small table, each step with what a search must then find. */
export const STORY: readonly Step[] = [
  {
    title: "Insert eight books",
    sql: sqlFile("books-1.sql"),
    done: (answers) => answers.length === 8,
    first: "The War of the Worlds",
  },
  {
    title: "Insert eight more",
    sql: sqlFile("books-2.sql"),
    done: (answers) => answers.length === 16,
    first: "Old Man's War",
  },
  {
    title: "Rewrite the description of The Time Machine",
    sql: `UPDATE books SET description = '${REWRITTEN}' WHERE name = 'The Time Machine'`,
    done: (answers) => answers.length === 16 && answers.some(({ text }) => text === REWRITTEN),
    first: "The Time Machine",
  },
  {
    title: "Delete The Time Machine",
    sql: "DELETE FROM books WHERE name = 'The Time Machine'",
    done: (answers) => answers.length === 15 && answers.every((answer) => nameOf(answer) !== "The Time Machine"),
    first: "Old Man's War",
  },
];

/** Runs one step and searches until it shows. @throws when it doesn't within a minute, or somebody else is first. */
export async function runStep(
  step: Step,
  { client, searchUrl, signal }: { readonly client: Client; readonly searchUrl: string; readonly signal?: AbortSignal },
): Promise<StepResult> {
  await client.query(step.sql);
  const committedAt = performance.now();
  const answers = await until(
    async () => {
      const found = await search(searchUrl, QUESTION, { k: 100 });
      return step.done(found) && found;
    },
    { what: `"${step.title}" is searchable`, timeoutMs: 60_000, everyMs: 5, ...(signal ? { signal } : {}) },
  );
  const searchableMs = performance.now() - committedAt;
  if (nameOf(answers[0]) !== step.first) {
    throw new Error(
      `after "${step.title}" the first answer should be ${step.first}, not ${String(nameOf(answers[0]))}`,
    );
  }
  return { step, answers, searchableMs };
}
