import { createInterface, type Interface } from "node:readline/promises";
import { createLogUpdate } from "log-update";
import { createColors } from "picocolors";
import type { Terminal } from "./terminal.js";

interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** https://no-color.org */
  readonly noColor: boolean;
}

export function processTerminal({ stdin, stdout, stderr, noColor }: Streams): Terminal {
  const drawing = createLogUpdate(stderr);
  return {
    interactive: stderr.isTTY,
    colors: {
      result: createColors(stdout.isTTY && !noColor),
      progress: createColors(stderr.isTTY && !noColor),
    },
    result: (text) => stdout.write(`${text}\n`),
    report: (text) => stderr.write(`${text}\n`),
    redraw: (text) => drawing(text),
    settle: () => drawing.done(),
    ask: stdin.isTTY ? (question) => askOn(createInterface({ input: stdin, output: stderr }), question) : null,
  };
}

async function askOn(reader: Interface, question: string): Promise<string> {
  // Left alone, Ctrl-C and Ctrl-D would leave the question open for ever.
  const brokenOff = new AbortController();
  for (const event of ["SIGINT", "close"] as const) reader.once(event, () => brokenOff.abort());
  try {
    return await reader.question(question, { signal: brokenOff.signal });
  } catch (error) {
    if (brokenOff.signal.aborted) return "";
    throw error;
  } finally {
    reader.close();
  }
}
