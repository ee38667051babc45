import { setImmediate as nextTurn } from "node:timers/promises";
import type { ExportedRowInput, ExportResponseInput } from "@freshet/batch-client/batch-protocol";
import { decodeEmbeddedMessage, type ModelIdentity, type UpsertDocument } from "@freshet/schemas/embedded-document";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import { formatPosition } from "@freshet/schemas/position";
import type { RowView } from "./row-view.js";
import { writeVector } from "@freshet/batch-client/vector-bytes";

export interface ChunkLimits {
  readonly rows: number;
  /** A row that is larger by itself makes a chunk of its own. */
  readonly bytes: number;
}

export interface ExportedChunk {
  readonly response: ExportResponseInput;
  readonly rows: number;
  readonly bytes: number;
  /** Where the next chunk begins. */
  readonly lastKey: string;
}

/** Rows that are decoded before others get their turn. */
const SLICE = 50;

/** The next rows in key order. @returns null behind the last. */
export async function readChunk(
  view: Pick<RowView, "documents">,
  after: string,
  limits: ChunkLimits,
): Promise<ExportedChunk | null> {
  const rows: ExportedRowInput[] = [];
  const models = new Map<string, { readonly place: number; readonly model: ModelIdentity }>();
  let bytes = 0;
  let lastKey = after;
  read: while (rows.length < limits.rows) {
    const slice = view.documents(lastKey, Math.min(SLICE, limits.rows - rows.length));
    for (const { key, value } of slice) {
      const document = decodeEmbeddedMessage({ value: value.toString(), headers: {} });
      if (document.op !== "upsert") continue;
      const identity = JSON.stringify(document.model);
      const model = models.get(identity) ?? { place: models.size, model: document.model };
      const row = toRow(key, document, model.place);
      const size = sizeOf(row);
      if (rows.length > 0 && bytes + size > limits.bytes) break read;
      models.set(identity, model);
      rows.push(row);
      bytes += size;
      lastKey = key;
    }
    if (slice.length === 0) break;
    await nextTurn();
  }
  if (rows.length === 0) return null;
  return {
    response: { rows, models: [...models.values()].map(({ model }) => model) },
    rows: rows.length,
    bytes,
    lastKey,
  };
}

function toRow(key: string, { source, chunks, payload }: UpsertDocument, model: number) {
  return {
    key,
    position: formatPosition(source.position),
    table: source.table,
    committedAtMs: source.committedAt,
    rowHash: source.rowHash ?? "",
    payload: stringifyJson(payload),
    chunks: chunks.map(({ text, vector }) => ({ text, vector: writeVector(vector) })),
    model,
  };
}

/** What it takes on the wire, but for a few bytes. */
function sizeOf({ key, payload, chunks }: ReturnType<typeof toRow>): number {
  const ofChunks = chunks.reduce((sum, { text, vector }) => sum + Buffer.byteLength(text) + vector.length, 0);
  return Buffer.byteLength(key) + Buffer.byteLength(payload) + ofChunks;
}
