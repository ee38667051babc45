import { z } from "zod";

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

const PART = /^(?:"((?:[^"]|"")+)"|([^".\s]+))/;

function takePart(text: string): { part: string; rest: string } | null {
  const match = PART.exec(text);
  if (!match) return null;
  return { part: match[1]?.replaceAll('""', '"') ?? match[2] ?? "", rest: text.slice(match[0].length) };
}

/** `schema.table`, names taken as they are written; a name with a dot or a space stands in double quotes. */
export function parseTableName(text: string): TableName | null {
  const schema = takePart(text);
  if (!schema?.rest.startsWith(".")) return null;
  const table = takePart(schema.rest.slice(1));
  return table?.rest === "" ? { schema: schema.part, name: table.part } : null;
}

/** The inverse of `parseTableName`: no two tables have one name in it. For logs, metrics, state and people. */
export function formatTableName({ schema, name }: TableName): string {
  return `${formatPart(schema)}.${formatPart(name)}`;
}

function formatPart(part: string): string {
  return /[".\s]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
}

export const tableName = z.string().transform((text, context): TableName => {
  const parsed = parseTableName(text);
  if (parsed) return parsed;
  context.addIssue({ code: "custom", message: `expected schema.table, such as public.books, not "${text}"` });
  return z.NEVER;
});
