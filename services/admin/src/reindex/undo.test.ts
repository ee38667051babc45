import type { GenerationsState } from "@freshet/schemas/index-generations";
import { expect, it } from "vitest";
import { begin, ended, switching, verifying } from "./record-changes.js";
import { configurationOf, definition, generationsState } from "./testing/generations.js";
import { undo } from "./undo.js";

const configuration = configurationOf(definition());

/** The record that is left, when somebody else has changed it between the first look and the first change. */
async function undone(first: GenerationsState, meanwhile: GenerationsState): Promise<GenerationsState> {
  let state = first;
  const watch = {
    index: "books",
    state: () => state,
    change: (from: GenerationsState, to: GenerationsState) => {
      if (state === first) state = meanwhile;
      const isWritten = from === state;
      if (isWritten) state = to;
      return Promise.resolve(isWritten);
    },
  };
  const drive = { run: () => Promise.resolve((state = ended(state, 20))) };
  await undo({ configuration, terminal: { result: () => undefined } }, { watch, drive });
  return state;
}

const made = { definition: generationsState().generations[0]?.definition ?? {}, documents: null };
const building = verifying(begin(generationsState([1, 2]), made, 9), 10);

it("takes a switch back that was made just before it", async () => {
  const switched = switching(building, 11);
  for (const meanwhile of [switched, ended(switched, 12)]) {
    expect(await undone(building, meanwhile)).toMatchObject({ serving: 2, reindex: null });
  }
});

it("doesn't go back once more when another one has just done so", async () => {
  const before = generationsState([1, 2, 3]);
  const back = ended({ ...before, serving: 2 }, 11);
  expect(await undone(before, back)).toMatchObject({ serving: 2, reindex: null });
});
