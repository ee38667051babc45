import { z } from "zod";

/** What a model's provider charges; only for the account that metrics and `freshet status` give. */
export const modelPrice = z.strictObject({
  /** Of one million tokens, in the currency. */
  perMillionTokens: z.number().nonnegative(),
  /** ISO 4217's code. */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "expected a currency's code of three capital letters, such as USD")
    .default("USD"),
});
