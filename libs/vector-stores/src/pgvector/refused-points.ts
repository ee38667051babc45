import { InputRefusedError } from "../errors.js";

/**
 * A statement is refused as a whole for one value in it. So it is halved until every point is written that the server
 * takes, and the others are known.
 *
 * @throws {InputRefusedError} with the ids of the others and the reason of the first.
 */
export async function writeAccepted<T extends { readonly id: string }>(
  points: readonly T[],
  write: (points: readonly T[]) => Promise<void>,
): Promise<void> {
  try {
    await write(points);
  } catch (error) {
    if (!(error instanceof InputRefusedError)) throw error;
    const [first, ...others] = points;
    if (!first) throw error;
    if (others.length === 0) {
      throw new InputRefusedError(`Point ${first.id}: ${error.message}`, { cause: error, ids: [first.id] });
    }
    await writeHalves(points, write);
  }
}

async function writeHalves<T extends { readonly id: string }>(
  points: readonly T[],
  write: (points: readonly T[]) => Promise<void>,
): Promise<void> {
  const middle = Math.ceil(points.length / 2);
  const refused: InputRefusedError[] = [];
  for (const half of [points.slice(0, middle), points.slice(middle)]) {
    await writeAccepted(half, write).catch((error: unknown) => {
      if (!(error instanceof InputRefusedError)) throw error;
      refused.push(error);
    });
  }
  const [first] = refused;
  if (first) throw new InputRefusedError(first.message, { cause: first, ids: refused.flatMap(({ ids }) => ids) });
}
