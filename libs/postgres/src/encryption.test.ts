import { describe, expect, it } from "vitest";
import { encryption } from "./encryption.js";

describe("encryption", () => {
  const url = "postgresql://me:secret@db.example:5432/shop";

  it("leaves to pg what the URL says, and everything when there is no root certificate", () => {
    expect(encryption({})).toEqual({});
    expect(encryption({ connectionString: url })).toEqual({ connectionString: url });
    for (const said of ["sslmode=disable", "sslmode=no-verify", "sslrootcert=mine.crt"]) {
      const connectionString = `${url}?${said}`;
      expect(encryption({ connectionString, rootCertificate: "other.crt" })).toEqual({ connectionString });
    }
  });

  it("checks the server by a root certificate, unless the URL says otherwise", () => {
    const parameters = (connectionString: string) =>
      new URL(encryption({ connectionString, rootCertificate: "root.crt" }).connectionString ?? "").search;
    expect(parameters(url)).toBe("?sslmode=verify-full&sslrootcert=root.crt");
    expect(parameters(`${url}?sslmode=require`)).toBe("?sslmode=require&sslrootcert=root.crt");
    expect(() => encryption({ rootCertificate: "/nowhere/root.crt" })).toThrow(/\/nowhere\/root\.crt/);
  });
});
