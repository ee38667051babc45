import { FatalError } from "@freshet/streaming/errors";
import type { Terminal } from "../terminal.js";

/** Asks whether to go on. @throws {FatalError} when the answer isn't yes, or nobody can be asked. */
export async function agree({ ask }: Terminal, question: string): Promise<void> {
  if (ask === null)
    throw new FatalError("Nobody can be asked here, so nothing was changed: say --yes to go on without a question.");
  if (!/^y(es)?$/i.test((await ask(`${question} [y/N] `)).trim())) throw new FatalError("Nothing was changed.");
}
