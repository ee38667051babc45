import { encodeDefinition } from "@freshet/generations/definition";
import { expect, it } from "vitest";
import { planReindex } from "./plan.js";
import { begin } from "./record-changes.js";
import { definition, generation, generationsState } from "./testing/generations.js";

const unforced = { force: false };
const forced = { force: true };
const other = definition({ text: "{{ title }}!" });

it("has nothing to do where nothing differs, or only what services take as they start", () => {
  expect(planReindex(generationsState(), definition(), unforced)).toEqual({ kind: "nothing" });
  const more = definition({ filterable: { year: "integer" } });
  expect(planReindex(generationsState(), more, unforced)).toEqual({ kind: "nothing" });
  expect(planReindex(generationsState(), definition(), forced)).toMatchObject({
    kind: "new",
    documents: null,
  });
});

it("makes documents anew for another text or model, and only collections for what is theirs alone", () => {
  const state = generationsState([3], { generations: [generation(3, { documents: 2 })] });
  expect(planReindex(state, other, unforced)).toEqual({
    ...{ kind: "new", documents: null },
    changes: [{ setting: "text", remake: "documents" }],
  });
  expect(planReindex(state, definition({}, "b"), unforced)).toMatchObject({ kind: "new", documents: null });
  expect(planReindex(state, definition({ hybrid: true }), unforced)).toEqual({
    ...{ kind: "new", documents: 2 },
    changes: [{ setting: "hybrid", remake: "collection" }],
  });
  expect(planReindex(state, definition({ hybrid: true, text: "x" }), unforced)).toMatchObject({ documents: null });
});

it("switches to a generation that is kept, rather than to make it again", () => {
  const kept = generation(2, { definition: encodeDefinition(other) });
  const generations = [generation(1), kept, generation(3)];
  const state = generationsState([1, 2, 3], { generations });
  expect(planReindex(state, other, unforced)).toMatchObject({ kind: "kept", generation: 2 });
  expect(planReindex(state, other, forced)).toMatchObject({ kind: "new" });
  const dropping = { ...state, generations: [{ ...kept, dropping: true }, generation(3)] };
  expect(planReindex(dropping, other, unforced)).toMatchObject({ kind: "new" });
});

it("goes on with what is under way, and tells what the configuration has become since", () => {
  const state = begin(generationsState(), { definition: encodeDefinition(other), documents: null }, 9);
  expect(planReindex(state, other, unforced)).toEqual({ kind: "continue", changes: [] });
  expect(planReindex(state, definition(), forced)).toEqual({
    ...{ kind: "continue" },
    changes: [{ setting: "text", remake: "documents" }],
  });
});
