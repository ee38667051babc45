import { expect, it } from "vitest";
import { estimate } from "./estimate.js";

const measured = {
  rows: 100,
  inIndexNow: 80,
  inIndexThen: 40,
  texts: 60,
  tokens: 6_000,
  knownTexts: 15,
  knownTokens: 1_000,
  textsPerSecond: 10,
};
const price = { perMillionTokens: 2, currency: "USD" };

it("goes from the part to the whole by the rows that the store has, and by what another condition leaves of them", () => {
  expect(estimate(measured, { records: 9_999, looked: 200, rowsNow: 8_000 }, price)).toEqual({
    ...{ rows: 4_000, texts: 6_000, tokens: 600_000, knownTexts: 1_500, tokensToEmbed: 500_000 },
    ...{ cost: { amount: 1, currency: "USD" }, seconds: 450 },
  });
});

it("goes by the topic's records where the store can't be asked, and knows neither price nor time without them", () => {
  const unknown = { ...measured, textsPerSecond: null };
  expect(estimate(unknown, { records: 1_000, looked: 200, rowsNow: null }, undefined)).toMatchObject({
    ...{ rows: 200, texts: 300, cost: null, seconds: null },
  });
  const none = {
    ...measured,
    rows: 0,
    inIndexNow: 0,
    inIndexThen: 0,
    texts: 0,
    tokens: 0,
    knownTexts: 0,
    knownTokens: 0,
  };
  expect(estimate(none, { records: 0, looked: 0, rowsNow: 0 }, price)).toMatchObject({ rows: 0, texts: 0, tokens: 0 });
});
