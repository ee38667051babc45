import type { Generation, GenerationsState } from "@freshet/schemas/index-generations";
import type { JsonObject } from "@freshet/schemas/lossless-json";

type Changed = GenerationsState;

export interface NewGeneration {
  /** The next one unless given. */
  readonly number?: number;
  /** As `encodeDefinition` writes it. */
  readonly definition: JsonObject;
  /** Whose documents it has; its own when null. */
  readonly documents: number | null;
}

/** One more generation, which is to answer when it has every row. @param now in ms since the Unix epoch. */
export function begin(state: GenerationsState, made: NewGeneration, now: number): Changed {
  const { number = state.last + 1, definition, documents } = made;
  const generation = { number, documents: documents ?? number, definition, createdAt: now, dropping: false };
  const passedOver = Array.from({ length: number - state.last - 1 }, (_, place) => state.last + 1 + place);
  return {
    ...withSkipped(state, [...(state.skipped ?? []), ...passedOver]),
    generations: [...state.generations, generation],
    last: number,
    reindex: { generation: number, step: "filling", startedAt: now },
    updatedAt: now,
  };
}

/** A generation that is kept is to answer again, once it is seen to have every row. */
export function beginKept(state: GenerationsState, number: number, now: number): Changed {
  return { ...state, reindex: { generation: number, step: "filling", startedAt: now }, updatedAt: now };
}

export function verifying(state: GenerationsState, now: number): Changed {
  const { reindex } = state;
  return reindex === null ? state : { ...state, reindex: { ...reindex, step: "verifying" }, updatedAt: now };
}

export function switching(state: GenerationsState, now: number): Changed {
  const { reindex, serving } = state;
  if (reindex === null) return state;
  const { generation } = reindex;
  return {
    ...state,
    serving: generation,
    before: serving,
    reindex: { ...reindex, step: "switching" },
    updatedAt: now,
  };
}

export function ended(state: GenerationsState, now: number): Changed {
  return { ...state, reindex: null, updatedAt: now };
}

/** With generations that only stores know of, to be dropped like the others. @param lost their numbers. */
export function adopted(state: GenerationsState, lost: readonly number[], now: number): Changed {
  // Of what is to be dropped only the number matters; but a record's definitions can all be read.
  const found = state.generations
    .slice(0, 1)
    .flatMap(({ definition }) =>
      lost.map((number) => ({ number, documents: number, definition, createdAt: now, dropping: false })),
    );
  return {
    ...withSkipped(state, state.skipped?.filter((number) => !lost.includes(number)) ?? []),
    generations: [...state.generations, ...found],
    last: Math.max(state.last, ...lost),
  };
}

/** All but the one that serves. */
export function dropOthers(state: GenerationsState, now: number): Changed {
  const others = state.generations.filter(({ number }) => number !== state.serving).map(({ number }) => number);
  return drop(state, others, now);
}

/** Once nothing of them is left. */
export function forgotten(state: GenerationsState, numbers: readonly number[], now: number): Changed {
  const generations = state.generations.filter(({ number }) => !numbers.includes(number));
  const { before, ...rest } = state;
  const isKept = before !== undefined && !numbers.includes(before);
  return { ...rest, ...(isKept ? { before } : {}), generations, updatedAt: now };
}

export type Rollback =
  /** It is under way already. */
  | { readonly kind: "continue" }
  | { readonly kind: "change"; readonly state: Changed }
  /** There is nothing to go back to. */
  | { readonly kind: "refuse" };

/**
 * Takes back what was begun: a generation that doesn't answer yet is dropped, unless it was kept from before; one that
 * does hands over to the one that answered before it, and is kept. Asked again, it goes on with the same: of a switch back
 * nothing is recorded to go back to.
 */
export function rollBack(state: GenerationsState, now: number): Rollback {
  const { before, ...rest } = state;
  const { reindex, serving } = rest;
  if (reindex !== null && reindex.step !== "switching") {
    const undone = ended(state, now);
    const isNew = state.generations.some(
      ({ number, createdAt }) => number === reindex.generation && createdAt === reindex.startedAt,
    );
    return { kind: "change", state: isNew ? drop(undone, [reindex.generation], now) : undone };
  }
  const isGoingBack = reindex !== null && before === undefined;
  const isDropping = state.generations.some(({ number, dropping }) => dropping && number > serving);
  if (isGoingBack || isDropping) return { kind: "continue" };
  const former = generationBefore(state);
  if (former === undefined) return { kind: "refuse" };
  const back = { generation: former.number, step: "switching", startedAt: now } as const;
  return { kind: "change", state: { ...rest, serving: former.number, reindex: back, updatedAt: now } };
}

/** The one that answered before the last switch; after a rollback, which may be asked for once more, the next older one. */
function generationBefore({ generations, serving, before }: GenerationsState): Generation | undefined {
  const kept = generations.filter(({ dropping }) => !dropping);
  const older = kept.filter(({ number }) => number < serving).toSorted((a, b) => b.number - a.number);
  return kept.find(({ number }) => number === before) ?? older[0];
}

function withSkipped(state: GenerationsState, skipped: readonly number[]): Changed {
  if (skipped.length > 0) return { ...state, skipped: [...skipped] };
  const { skipped: none, ...rest } = state;
  return none === undefined ? state : rest;
}

function drop(state: GenerationsState, numbers: readonly number[], now: number): Changed {
  const generations = state.generations.map((one) => (numbers.includes(one.number) ? { ...one, dropping: true } : one));
  return { ...state, generations, updatedAt: now };
}
