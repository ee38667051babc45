import pg from "pg";
import { expect, it } from "vitest";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";
import { toStoreError } from "./failure.js";

const ADDRESS = "db:5432/books";

function serverError(code: string, message: string): Error {
  return Object.assign(new pg.DatabaseError(message, message.length, "error"), { code });
}

it.each([
  ["53100", "could not extend file", StoreUnavailableError, /no room left on its disk .*make room/],
  ["53300", "too many clients", StoreUnavailableError, /takes no more connections/],
  ["40P01", "deadlock detected", StoreUnavailableError, /deadlock/],
  ["08006", "connection failure", StoreUnavailableError, /connection failure/],
  ["22P05", "unsupported Unicode", InputRefusedError, /unsupported/],
  ["54000", "index row size exceeds", InputRefusedError, /exceeds/],
  ["42601", "syntax error", Error, /42601/],
])("reads the server's %s", (code, message, type, sentence) => {
  const error = toStoreError(serverError(code, message), ADDRESS);
  expect(error.constructor).toBe(type);
  expect(error.message).toMatch(sentence);
});

it("tells a broken connection and a certificate from what isn't the database's", () => {
  const broken = Object.assign(new Error("write EPIPE"), { code: "EPIPE", syscall: "write" });
  expect(toStoreError(broken, ADDRESS)).toBeInstanceOf(StoreUnavailableError);
  const selfSigned = Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  expect(toStoreError(selfSigned, ADDRESS).message).toMatch(/isn't accepted .*correct sslmode or sslrootcert/);

  const fenced = new Error("fenced");
  expect(toStoreError(fenced, ADDRESS)).toBe(fenced);
});
