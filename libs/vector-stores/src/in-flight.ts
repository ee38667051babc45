/**
 * Runs the tasks with at most `limit` on their way at once. After a failure no other starts, and it throws only when
 * the last one on its way has ended: whoever tries again then races with nothing.
 */
export async function runInFlight(limit: number, tasks: Iterable<() => Promise<unknown>>): Promise<void> {
  const iterator = tasks[Symbol.iterator]();
  const failures: unknown[] = [];
  const work = async () => {
    while (failures.length === 0) {
      const next = iterator.next();
      if (next.done) return;
      await next.value();
    }
  };
  await Promise.all(Array.from({ length: limit }, () => work().catch((error: unknown) => failures.push(error))));
  if (failures.length > 0) throw failures[0];
}
