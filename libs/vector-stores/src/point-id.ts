import { v5 as uuidv5 } from "uuid";

/** Names Freshet's points among all UUIDs of version 5; never changes. */
const NAMESPACE = "6f1b7c52-6d3f-5a0e-9f0b-0d8f5f5f7a11";

/** @param key the row's key as `encodeRowKey` writes it. */
export function pointId(index: string, key: string, chunk: number): string {
  return uuidv5(`${index}|${key}|${chunk}`, NAMESPACE);
}
