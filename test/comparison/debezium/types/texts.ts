import { of, LEFT_OUT, NULL_INSTEAD, type TypeRow } from "./type-row.js";

const BITS = "writes a boolean for one bit, else bytes, which don't say how many bits there are";

export const TEXTS: readonly TypeRow[] = [
  {
    form: "string",
    samples: [
      ...of("text", [`"hi" ü 😀`, String.raw`"\"hi\" ü 😀"`], ["", `""`]),
      ...of("text", ["\u0001 \\ \u2028 \n", JSON.stringify("\u0001 \\ \u2028 \n")]),
      ...of("character varying(10)", ["x' \t", String.raw`"x' \t"`]),
      ...of("citext", ["MiXed", `"MiXed"`]),
      ...of(`"char"`, ["x", `"x"`], ["", `""`]),
      ...of("xml", [`<a b="1">x</a>`, String.raw`"<a b=\"1\">x</a>"`]),
      ...of("ltree", ["top.science", `"top.science"`]),
      ...of("tsvector", ["'cat':1 'rat':2A", `"'cat':1 'rat':2A"`]),
    ],
  },
  { form: "string, padded with spaces to its length", samples: of("character(5)", ["ab", `"ab   "`]) },
  { form: "string", samples: of("name", ["a_name", `"a_name"`, "writes null for what it reads from the WAL"]) },
  { form: "string", samples: of("tsquery", ["'cat' & 'rat'", `"'cat' & 'rat'"`, LEFT_OUT]) },
  {
    form: "string in base64 (`binary.handling.mode=base64`)",
    samples: of("bytea", ["\\x00ff10fb", `"AP8Q+w=="`], ["", `""`]),
  },
  {
    form: "string of zeros and ones",
    samples: [
      ...of("bit(1)", ["1", `"1"`, BITS]),
      ...of("bit(10)", ["1000000001", `"1000000001"`, BITS]),
      ...of("bit varying(10)", ["0101", `"0101"`, BITS]),
    ],
  },
  {
    form: "string in lower case",
    samples: of("uuid", ["A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11", `"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`]),
  },
  {
    form: "string that holds the document as it was written",
    samples: of(
      "json",
      [
        `{"b": 1.10,  "a": 9007199254740993, "a": null}`,
        String.raw`"{\"b\": 1.10,  \"a\": 9007199254740993, \"a\": null}"`,
      ],
      ["null", `"null"`],
    ),
  },
  {
    form: "string that holds the document as Postgres prints it, with every digit",
    samples: of(
      "jsonb",
      [`{"b": 1.10, "a": 9007199254740993}`, String.raw`"{\"a\": 9007199254740993, \"b\": 1.10}"`],
      [`"text"`, String.raw`"\"text\""`],
    ),
  },
  {
    form: "string that holds a JSON object (`hstore.handling.mode=json`)",
    samples: of("hstore", [`a=>1, "b c"=>NULL, d=>"\\"x"`, String.raw`"{\"a\":\"1\",\"d\":\"\\\"x\",\"b c\":null}"`]),
  },
  { title: "an enum", form: "string: its label", samples: [...of("mood", ["so, so", `"so, so"`])] },
  {
    title: "a composite type",
    form: "string: Postgres' text of the row",
    samples: of("pair", [`(1,"a b")`, String.raw`"(1,\"a b\")"`, LEFT_OUT]),
  },
  {
    title: "a domain",
    form: "as the type that it is made from",
    samples: [
      ...of("year", ["2024", "2024"]),
      ...of("amount", ["1.5", `"1.50"`]),
      ...of("tags", ["{a,NULL}", `["a",null]`]),
    ],
  },
  {
    form: "array of numbers (pgvector)",
    samples: [...of("vector", ["[1,-0.1,1e+10]", "[1,-0.1,1e+10]"]), ...of("halfvec", ["[1,0.5]", "[1,0.5]"])],
  },
  {
    form: "string (pgvector)",
    samples: of(
      "sparsevec",
      ["{1:1.5,3:-2}/5", `"{1:1.5,3:-2}/5"`, "writes an object with the dimensions and the pairs"],
      ["{40000:1}/50000", `"{40000:1}/50000"`, NULL_INSTEAD],
    ),
  },
];
