import { of, type TypeRow } from "./type-row.js";

const SPECIAL_DECIMAL = "writes `NAN`, `POSITIVE_INFINITY` and `NEGATIVE_INFINITY`, which Postgres doesn't read";

export const NUMBERS: readonly TypeRow[] = [
  { form: "boolean", samples: of("boolean", ["true", "true"], ["false", "false"]) },
  {
    form: "number, every digit of it (a bigint is beyond what JSON.parse keeps)",
    samples: [
      ...of("bigint", ["9007199254740993", "9007199254740993"], ["-9223372036854775808", "-9223372036854775808"]),
      ...of("smallint", ["-32768", "-32768"]),
      ...of("integer", ["2147483647", "2147483647"]),
      ...of("oid", ["4294967295", "4294967295"]),
    ],
  },
  {
    form: "number, the shortest that names the value; `NaN` and the infinities as strings",
    samples: [
      ...of(
        "double precision",
        ["0.1", "0.1"],
        ["1e21", "1e+21"],
        ["1.7976931348623157e308", "1.7976931348623157e+308"],
      ),
      ...of("double precision", ["5e-324", "5e-324"], ["-0", "-0"]),
      ...of("double precision", ["NaN", `"NaN"`], ["Infinity", `"Infinity"`], ["-Infinity", `"-Infinity"`]),
      ...of("real", ["1", "1"], ["0.1", "0.1"], ["1e-30", "1e-30"], ["NaN", `"NaN"`], ["-Infinity", `"-Infinity"`]),
    ],
  },
  {
    form: "string with every digit, trailing zeros too (`decimal.handling.mode=string`); `NaN` and the infinities as Postgres writes them",
    samples: [
      ...of("numeric", ["1.500", `"1.500"`], ["1e20", `"100000000000000000000"`]),
      ...of("numeric", ["-1e-300", `"-0.${"0".repeat(299)}1"`], ["0.00", `"0.00"`]),
      ...of("numeric", ["123456789012345678901234567890.12", `"123456789012345678901234567890.12"`]),
      ...of("numeric", ["NaN", `"NaN"`, SPECIAL_DECIMAL], ["-Infinity", `"-Infinity"`, SPECIAL_DECIMAL]),
      ...of("numeric(12,2)", ["1.5", `"1.50"`], ["NaN", `"NaN"`, SPECIAL_DECIMAL]),
    ],
  },
  {
    form: "string: a decimal where the server's lc_monetary writes dollars, otherwise Postgres' text",
    samples: of("money", ["1234.5", `"1234.50"`], ["-92233720368547758.08", `"-92233720368547758.08"`]),
  },
];
