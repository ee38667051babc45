import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConfigurationError } from "./configuration-file.js";
import { parseEnvironment } from "./environment.js";

const SERVICE = { name: "any", defaultPort: 0 };

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-secret-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "key"), text);
  return join(folder, "key");
}

describe("a secret that the configuration names the variable of", () => {
  it("comes from the variable", () => {
    const { secret } = parseEnvironment({ FRESHET_OPENAI_API_KEY: "sk-1", EMPTY_KEY: "" }, SERVICE);
    expect(secret("FRESHET_OPENAI_API_KEY")?.()).toBe("sk-1");
    expect(secret("EMPTY_KEY")).toBeUndefined();
    expect(secret("OTHER_KEY")).toBeUndefined();
  });

  it("comes from a file, as it is when it is needed", async () => {
    const path = await fileWith("sk-1\n");
    const { secret } = parseEnvironment({ AZURE_KEY_FILE: path }, SERVICE);
    const key = secret("AZURE_KEY");
    expect(key?.()).toBe("sk-1");
    await writeFile(path, "sk-2\n");
    expect(key?.()).toBe("sk-2");
  });

  it("isn't seen when the environment is shown", () => {
    const environment = parseEnvironment({ FRESHET_OPENAI_API_KEY: "sk-1" }, SERVICE);
    environment.secret("FRESHET_OPENAI_API_KEY");
    expect(inspect(environment, { depth: null }) + JSON.stringify(environment)).not.toContain("sk-1");
  });

  it.each([
    [{ A_KEY: "sk-1", A_KEY_FILE: "/x" }, "Set A_KEY or A_KEY_FILE, not both."],
    [{ A_KEY_FILE: "/no/such" }, "A_KEY_FILE: /no/such can't be read (ENOENT)."],
  ])("is refused with a sentence: %j", (environment, sentence) => {
    const read = () => parseEnvironment(environment, SERVICE).secret("A_KEY")?.();
    expect(read).toThrow(new ConfigurationError(sentence));
  });
});
