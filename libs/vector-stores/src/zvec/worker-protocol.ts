import { CollectionMismatchError, InputRefusedError, StoreUnavailableError } from "../errors.js";
import type { ZvecEngine } from "./engine.js";

export type EngineMethod = keyof ZvecEngine;

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
}

export function toErrorRecord(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined };
  return { name: error.name, message: error.message, stack: error.stack };
}

export function fromErrorRecord({ name, message, stack }: ErrorRecord): Error {
  const error = withName(name, message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function withName(name: string, message: string): Error {
  if (name === "StoreUnavailableError") return new StoreUnavailableError(message);
  if (name === "CollectionMismatchError") return new CollectionMismatchError(message);
  if (name === "InputRefusedError") return new InputRefusedError(message);
  return new Error(message);
}
