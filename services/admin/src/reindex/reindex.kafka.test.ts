import { changeGenerations } from "@freshet/generations/change-generations";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { configurationSchema } from "@freshet/process/configuration";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { expect, it } from "vitest";
import { newSlot, TestInstallation } from "../testing/freshet-command.js";
import { generation, generationsState } from "./testing/generations.js";

const tables = ["public.books"];
const ignore = () => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

it("refuses in one sentence what can't be done, and changes nothing", async () => {
  const installation = new TestInstallation({ slot: newSlot(), tables });
  const index = `${installation.slot}_0`;
  const run = async (...words: string[]) => {
    const command = installation.freshet("reindex", ...words);
    const code = await command.exit();
    return { code, stderr: command.stderr };
  };
  expect(await run(index)).toEqual({
    code: 1,
    stderr: `Nothing is recorded of the index ${index} yet: start the embedding-transformer, which builds it as freshet.yaml says.\n`,
  });
  expect(await run("shelves")).toEqual({
    code: 1,
    stderr: `There is no index shelves; the configuration has ${index}.\n`,
  });
  expect(await run(index, "--rollback", "--drop-old")).toEqual({
    code: 1,
    stderr: "Say one of --dry-run, --rollback and --drop-old.\n",
  });
  expect(await run(index, "--rollback", "--force")).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("leave --model, --template and --force out") as string },
  });
  expect(await run(index, "--template", "{{ title", "--yes")).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("is no valid template") as string },
  });

  const connection = { brokers: kafkaBrokers(), clientId: randomName("client"), logger: silent };
  const options = { configuration: configurationSchema.parse({}), connection, signal: AbortSignal.timeout(60_000) };
  const record = (state: GenerationsState) => changeGenerations(index, options, () => ({ ...state, index }));
  await record(generationsState([1, 2], { generations: [generation(1), generation(2)] }));
  expect(await run(index, "--drop-old")).toMatchObject({
    ...{ code: 1, stderr: expect.stringMatching(/the topics embeddings\..*Nobody can be asked here/s) as string },
  });
  const newer = generation(1, { definition: { index: { table: "public.books", spelled: "otherwise" } } });
  await record(generationsState([1], { generations: [newer] }));
  expect(await run(index, "--rollback")).toMatchObject({ code: 1 });
  expect(await run(index)).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("is it of a newer version than this program?") as string },
  });
  let left: GenerationsState | undefined;
  await changeGenerations(index, options, (state) => {
    left = state;
    return null;
  });
  expect(left?.generations).toEqual([newer]);
});
