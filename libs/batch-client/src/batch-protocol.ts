import { fileURLToPath } from "node:url";
import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { ProtoGrpcType } from "./generated/batch.js";

export type { BatchClient, BatchHandlers } from "./generated/freshet/batch/v1/Batch.js";
export type { Chunk } from "./generated/freshet/batch/v1/Chunk.js";
export type { EmbedRequest, EmbedRequestInput } from "./generated/freshet/batch/v1/EmbedRequest.js";
export type { EmbedResponse } from "./generated/freshet/batch/v1/EmbedResponse.js";
export type { EmbeddingInput } from "./generated/freshet/batch/v1/Embedding.js";
export type { ExportedRowInput } from "./generated/freshet/batch/v1/ExportedRow.js";
export type { ExportRequest } from "./generated/freshet/batch/v1/ExportRequest.js";
export type { ExportResponse, ExportResponseInput } from "./generated/freshet/batch/v1/ExportResponse.js";
export type { Model } from "./generated/freshet/batch/v1/Model.js";
export type { NotAcceptedInput } from "./generated/freshet/batch/v1/NotAccepted.js";
export type { UploadedRow } from "./generated/freshet/batch/v1/UploadedRow.js";
export type { UploadRequest } from "./generated/freshet/batch/v1/UploadRequest.js";
export type { UploadResponse } from "./generated/freshet/batch/v1/UploadResponse.js";

const path = fileURLToPath(new URL("../proto/freshet/batch/v1/batch.proto", import.meta.url));
const definition = loadSync(path, { defaults: true, oneofs: true, longs: Number, enums: String });
const { Batch } = (loadPackageDefinition(definition) as unknown as ProtoGrpcType).freshet.batch.v1;

/** Makes clients of the service; its `service` is what a server takes. */
export { Batch };
