import { z } from "zod";

/** An empty variable counts as absent, as Compose writes unset ones. */
export const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

export const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/$/, ""));

export const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  // The value has a password, so it isn't repeated.
  error:
    "expected postgres://user:password@host:5432/database, where what isn't a letter or digit in user and password is " +
    "percent-encoded (@ is %40, : is %3A, / is %2F, # is %23, % is %25)",
});
