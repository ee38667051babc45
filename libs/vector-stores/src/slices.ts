/** The items in runs of at most `size`, in order. */
export function* slices<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

interface Size<T> {
  /** Of a run, in items and in bytes. */
  readonly most: number;
  readonly bytes: number;
  readonly bytesOf: (item: T) => number;
}

/** The items in runs, in order. One that is larger than a run should be is a run of its own. */
export function* slicesBySize<T>(items: Iterable<T>, { most, bytes, bytesOf }: Size<T>): Generator<T[]> {
  let run: T[] = [];
  let size = 0;
  for (const item of items) {
    const added = bytesOf(item);
    if (run.length > 0 && (run.length >= most || size + added > bytes)) {
      yield run;
      run = [];
      size = 0;
    }
    run.push(item);
    size += added;
  }
  if (run.length > 0) yield run;
}
