import { CollectionMismatchError, InputRefusedError, StoreUnavailableError } from "../errors.js";
import type { ZvecEngine } from "./engine.js";

export type EngineMethod = keyof ZvecEngine;

/** What the thread is started with. */
export interface OpenDirectory {
  readonly directory: string;
  readonly readOnly: boolean;
}

/** They change no file. */
const READS: ReadonlySet<EngineMethod> = new Set<EngineMethod>([
  ...(["list", "resolveAlias", "describe", "stored", "read", "retrieve", "search", "scroll", "count"] as const),
  "indexed",
]);

export function isRead(method: EngineMethod): boolean {
  return READS.has(method);
}

export interface WorkerRequest {
  readonly id: number;
  readonly method: EngineMethod;
  readonly args: readonly unknown[];
}

/** Answers the request of the same id; `OPENED` answers the opening of the directory. */
export type WorkerAnswer =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: ErrorRecord };

export const OPENED = 0;

/** An error crosses threads without its class. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** See InputRefusedError. */
  readonly ids?: readonly string[];
}

export function toErrorRecord(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined };
  const { name, message, stack } = error;
  return error instanceof InputRefusedError ? { name, message, stack, ids: error.ids } : { name, message, stack };
}

export function fromErrorRecord(record: ErrorRecord): Error {
  const error = ofItsClass(record);
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}

function ofItsClass({ name, message, ids = [] }: ErrorRecord): Error {
  if (name === "StoreUnavailableError") return new StoreUnavailableError(message);
  if (name === "CollectionMismatchError") return new CollectionMismatchError(message);
  if (name === "InputRefusedError") return new InputRefusedError(message, { ids });
  return new Error(message);
}
