import { expect, test } from "vitest";
import { javaVersion, missingRequirements } from "./requirements.js";

const everything = { java: true, maven: true };

test("nothing is asked for when all is there, or when nothing needs it", () => {
  expect(missingRequirements(everything, { java: 17, maven: true })).toBeUndefined();
  expect(missingRequirements({ java: true, maven: false }, { java: 21, maven: false })).toBeUndefined();
});

test("one sentence names all that is missing and the commands that install it", () => {
  expect(missingRequirements(everything, { java: undefined, maven: false })).toBe(
    "The local stack needs Java 17 or newer (none is on the PATH) and Maven: install with " +
      "`sudo apt-get install -y openjdk-17-jre-headless maven` (Debian, Ubuntu) or `brew install temurin maven` (macOS).",
  );
  expect(missingRequirements(everything, { java: 11, maven: true })).toContain(
    "Java 17 or newer (version 11 is on the PATH)",
  );
});

test("an old Java serves Maven alone", () => {
  expect(missingRequirements({ java: false, maven: true }, { java: 11, maven: true })).toBeUndefined();
});

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['java version "1.8.0_402"', 8],
  ["The operation couldn't be completed. Unable to locate a Java Runtime.", undefined],
  [undefined, undefined],
])("Java's version in %j is %s", (output, version) => {
  expect(javaVersion(output)).toBe(version);
});
