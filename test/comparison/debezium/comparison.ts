import type { Captured } from "./captured.js";
import { canonical } from "../json-text.js";
import { sampleName } from "./reasons.js";

/** What our producer and Debezium say of the same thing. */
export interface Compared {
  /** `bigint 42`, `field source.db`, or an operation's name. */
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
}

const NOTHING = "(nothing)";

/** By name; what is in one of them alone is nothing in the other. */
export function compareCaptured(ours: Captured, theirs: Captured): Compared[] {
  const [mine, others] = [describe(ours), describe(theirs)];
  return [...new Set([...mine.keys(), ...others.keys()])].map((name) => ({
    name,
    ours: mine.get(name) ?? NOTHING,
    theirs: others.get(name) ?? NOTHING,
  }));
}

function describe({ fields, samples, operations }: Captured): Map<string, string> {
  const values = samples.map((sample) => {
    const [snapshot, streamed] = [sample.snapshot, sample.streamed].map((json) =>
      json === null ? NOTHING : canonical(json),
    );
    const text = snapshot === streamed ? snapshot : `${snapshot ?? ""} by snapshot, ${streamed ?? ""} by stream`;
    return [sampleName(sample), text ?? ""] as const;
  });
  const changes = operations.map(({ name, messages }) => [name, messages.map(describeMessage).join(" ")] as const);
  const names = fields.split(" ").map((field) => [`field ${field}`, "(there)"] as const);
  return new Map([...names, ...values, ...changes]);
}

function describeMessage(message: Captured["operations"][number]["messages"][number]): string {
  const { key, op, before, after } = message;
  const parts = { key, op, before, after };
  const texts = Object.entries(parts).map(([name, json]) => `${name} ${json === null ? NOTHING : canonical(json)}`);
  return `[${texts.join(", ")}]`;
}
