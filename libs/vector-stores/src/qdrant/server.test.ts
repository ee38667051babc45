import { expect, it } from "vitest";
import { addressOf } from "./server.js";

it.each([
  ["http://127.0.0.1:6333", { url: "http://127.0.0.1:6333" }],
  ["https://qdrant.test", { url: "https://qdrant.test" }],
  ["https://qdrant.test:443", { url: "https://qdrant.test", port: null }],
  ["http://qdrant.test:80/behind/", { url: "http://qdrant.test", port: null, prefix: "/behind" }],
  ["https://qdrant.test:8443/behind", { url: "https://qdrant.test:8443", prefix: "/behind" }],
])("goes where %s says", (url, address) => {
  expect(addressOf(url)).toEqual(address);
});
