import type { Sample, TypeRow } from "./types/type-row.js";

/** Where the table stands in the README: the lines of its section that begin with a bar. */
export function findTypeTable(readme: string): { readonly start: number; readonly lines: readonly string[] } {
  const all = readme.split("\n");
  const start = all.findIndex((line, place) => line.startsWith("|") && all.lastIndexOf("## Types", place) !== -1);
  if (start === -1) throw new Error("The README has no table in a section named Types.");
  const length = all.slice(start).findIndex((line) => !line.startsWith("|"));
  return { start, lines: all.slice(start, length === -1 ? undefined : start + length) };
}

export function replaceTypeTable(readme: string, table: readonly string[]): string {
  const { start, lines } = findTypeTable(readme);
  return readme
    .split("\n")
    .toSpliced(start, lines.length, ...table)
    .join("\n");
}

/** The table's lines, cells not yet aligned. */
export function renderTypeTable(rows: readonly TypeRow[], connector: string): string[] {
  const header = ["Postgres", "In the message", "For example", `Debezium ${connector}`];
  const lines = rows.map(({ title, form, samples }) => [
    title ?? distinct(samples.map(({ type }) => code(type))).join(", "),
    form,
    samples[0] === undefined ? "" : `${code(samples[0].literal)} → ${code(samples[0].json)}`,
    describeDebezium(samples),
  ]);
  return [header, header.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`);
}

function describeDebezium(samples: readonly Sample[]): string {
  const reasons = distinct(samples.flatMap(({ differs }) => differs ?? [])).map((reason) => {
    const concerned = samples.filter(({ differs }) => differs === reason);
    return concerned.length === samples.length ? reason : `${names(concerned, samples)} ${reason}`;
  });
  if (reasons.length === 0) return "the same";
  const some = samples.some(({ differs }) => differs === undefined);
  return (some ? ["the same, except", reasons.join("; ")] : [reasons.join("; ")]).join(" ");
}

/** By their types, where all samples of a type are meant, else by their values. */
function names(concerned: readonly Sample[], all: readonly Sample[]): string {
  const labels = concerned.map((sample) => {
    const siblings = all.filter(({ type }) => type === sample.type);
    return code(siblings.every((sibling) => concerned.includes(sibling)) ? sample.type : sample.literal);
  });
  return `${distinct(labels).join(", ")}:`;
}

function code(text: string): string {
  const escaped = text.replaceAll("|", "\\|");
  return text.includes("`") ? `\`\` ${escaped} \`\`` : `\`${escaped}\``;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
