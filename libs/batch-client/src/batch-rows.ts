import type { Embedding } from "./generated/freshet/batch/v1/Embedding.js";
import type { ExportedRow as WireRow } from "./generated/freshet/batch/v1/ExportedRow.js";
import type { Model } from "./generated/freshet/batch/v1/Model.js";
import type { UploadedRowInput } from "./generated/freshet/batch/v1/UploadedRow.js";
import { readVector, writeVector } from "./vector-bytes.js";

export interface EmbeddedChunk {
  readonly text: string;
  readonly vector: Float32Array;
}

/** As in batch.proto, but for numbers as numbers. */
export interface ExportedDocument extends Omit<WireRow, "chunks" | "model"> {
  readonly chunks: readonly EmbeddedChunk[];
  readonly model: Model;
}

export interface UploadDocument {
  /** The primary key as a JSON object, columns in key order. */
  readonly key: string;
  /** Of the state of the row that this was made from, as Export said it; absent: whatever the topic has. */
  readonly position?: string;
  /** All chunks of the row; none removes its points. */
  readonly chunks: readonly EmbeddedChunk[];
  /** A JSON object; absent keeps the payload that the row has. */
  readonly payload?: string;
}

export interface TextToEmbed {
  /** Your own; comes back with the vector. */
  readonly id: string;
  readonly text: string;
}

export type EmbeddedText =
  | { readonly id: string; readonly vector: Float32Array; readonly tokens: number }
  /** Why the text can't be embedded. */
  | { readonly id: string; readonly refused: string };

export function toEmbedded({ id, vector, tokens, refused }: Embedding): EmbeddedText {
  return refused === "" ? { id, vector: readVector(vector), tokens } : { id, refused };
}

export function fromWire({ chunks, model, ...row }: WireRow, models: readonly Model[]): ExportedDocument {
  const of = models[model];
  if (of === undefined) throw new RangeError(`the row ${row.key} has no model`);
  return { ...row, model: of, chunks: chunks.map(({ text, vector }) => ({ text, vector: readVector(vector) })) };
}

export function toWire({ chunks, ...row }: UploadDocument): UploadedRowInput {
  return { ...row, chunks: chunks.map(({ text, vector }) => ({ text, vector: writeVector(vector) })) };
}

/** What a row takes on the wire, but for a few bytes. */
export function sizeOf({ key, chunks, payload = "" }: UploadDocument): number {
  const ofChunks = chunks.reduce((sum, { text, vector }) => sum + Buffer.byteLength(text) + vector.byteLength, 0);
  return Buffer.byteLength(key) + Buffer.byteLength(payload) + ofChunks;
}
