import { decodeSourceCommand, sourceCommandKey, type AcceptCommand } from "@freshet/schemas/source-command";

/** What `freshet source accept` has asked of a slot's producer, and nobody has deleted yet; null: nothing. */
export function readAcceptance(commands: ReadonlyMap<string, string>, slot: string): AcceptCommand | null {
  const text = commands.get(sourceCommandKey({ kind: "accept", slot, epoch: 0, requestedAt: 0 }));
  if (text === undefined) return null;
  try {
    const command = decodeSourceCommand(text);
    return command.kind === "accept" ? command : null;
  } catch {
    // Of another version: the producer says so, at its start.
    return null;
  }
}
