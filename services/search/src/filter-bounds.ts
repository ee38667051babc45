const MAX_DEPTH = 16;
const MAX_CONDITIONS = 500;

/**
 * Why a filter is too much to be looked at more closely; undefined when it isn't. Stores and schemas descend into a filter by
 * calling themselves, so that its depth is their stack; this doesn't.
 */
export function excessOf(filter: unknown): string | undefined {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: filter, depth: 0 }];
  let conditions = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) {
      conditions += 1;
      if (conditions > MAX_CONDITIONS) return `has more than ${MAX_CONDITIONS} conditions`;
      if (depth > MAX_DEPTH) return `is nested more than ${MAX_DEPTH} deep`;
    }
    const inner = Array.isArray(value) ? depth : depth + 1;
    for (const part of Object.values(value)) open.push({ value: part, depth: inner });
  }
  return undefined;
}
