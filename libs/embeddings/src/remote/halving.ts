import { type Embedding, ModelUnavailableError } from "../embedding-model.js";
import { ModelMisconfiguredError, RequestRefusedError, RequestTooLargeError, WrongVectorsError } from "./errors.js";
import type { Outcome } from "./outcome.js";
import { toError } from "../to-error.js";

/** A text as it is sent, and how many tokens it has. */
export interface CountedText {
  readonly text: string;
  readonly tokens: number;
}

/** One request. */
export type Send = (texts: readonly CountedText[]) => Promise<Embedding[]>;

/** No server has a reason to refuse it. */
const HARMLESS: CountedText = { text: "fresh", tokens: 1 };

/**
 * One request, or as many as it takes to find the texts that the server can't embed: what is refused is sent again in
 * halves, down to one text. Before a text is blamed, a harmless one is asked for: if that is refused too, it is the
 * server's fault or the settings', and no row may go to the dead letters for it.
 *
 * @param send throws {@link RequestRefusedError} or {@link WrongVectorsError} for what may be a text's fault.
 */
export async function sendHalving(texts: readonly CountedText[], send: Send): Promise<Outcome[]> {
  let verdict: Promise<Error | null> | undefined;
  const serverFault = () => (verdict ??= askHarmless(send));

  const sendPart = async (part: readonly CountedText[]): Promise<Outcome[]> => {
    try {
      return await send(part);
    } catch (thrown) {
      const error = toError(thrown);
      if (!isTextsFault(error)) return part.map(() => error);
      if (part.length === 1 || !(error instanceof RequestTooLargeError)) {
        // A server that was well when the halving began may have fallen ill since.
        const fault = await (part.length === 1 ? askHarmless(send) : serverFault());
        if (fault) return part.map(() => fault);
      }
      if (part.length === 1) return [await tryOnceMore(part, error, send)];
      const middle = Math.ceil(part.length / 2);
      const halves = await Promise.all([sendPart(part.slice(0, middle)), sendPart(part.slice(middle))]);
      return halves.flat();
    }
  };
  return sendPart(texts);
}

/** Wrong vectors may have been a stumble of the server's. */
async function tryOnceMore(text: readonly CountedText[], error: Error, send: Send): Promise<Outcome> {
  if (error instanceof RequestRefusedError) return error;
  try {
    const [embedding] = await send(text);
    return embedding ?? error;
  } catch (thrown) {
    const again = toError(thrown);
    return isTextsFault(again) ? new RequestRefusedError(again.message, { cause: again }) : again;
  }
}

function isTextsFault(error: Error): boolean {
  return error instanceof RequestRefusedError || error instanceof WrongVectorsError;
}

async function askHarmless(send: Send): Promise<Error | null> {
  try {
    await send([HARMLESS]);
    return null;
  } catch (thrown) {
    const error = toError(thrown);
    if (error instanceof RequestRefusedError) {
      return new ModelMisconfiguredError(
        `${error.message} It refuses every text, also "${HARMLESS.text}": check the model's settings.`,
        { cause: error },
      );
    }
    // A broken server may be mended while this process waits.
    return error instanceof WrongVectorsError ? new ModelUnavailableError(error.message, { cause: error }) : error;
  }
}
