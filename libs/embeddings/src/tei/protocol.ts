import { loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { fileURLToPath } from "node:url";
import type { ProtoGrpcType } from "../generated/tei.js";

const FILE = fileURLToPath(new URL("../../proto/tei.proto", import.meta.url));

/** The services and clients of Text Embeddings Inference, as its own description has them. */
export function loadProtocol(): ProtoGrpcType["tei"]["v1"] {
  // These options are also those that the types are generated with, from the same file.
  const definition = loadSync(FILE, { defaults: true, longs: Number, enums: String });
  return (loadPackageDefinition(definition) as unknown as ProtoGrpcType).tei.v1;
}
