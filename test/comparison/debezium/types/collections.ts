import { LEFT_OUT, NULL_INSTEAD, of, type TypeRow } from "./type-row.js";

const FLAT = "knows no arrays of two dimensions";
const LOWER_BOUND = "loses where the subscripts begin";

export const COLLECTIONS: readonly TypeRow[] = [
  {
    title: "an array of any of these (here `integer[]`)",
    form: "array whose elements have their type's form; arrays of several dimensions are nested; one that doesn't begin at 1 stays Postgres' text",
    samples: [
      ...of("integer[]", ["{1,NULL,-3}", "[1,null,-3]"], ["{}", "[]"]),
      ...of("integer[]", ["{{1,2},{3,NULL}}", "[[1,2],[3,null]]", FLAT]),
      ...of("integer[]", ["[2:3]={1,2}", `"[2:3]={1,2}"`, LOWER_BOUND]),
      ...of("smallint[]", ["{1,NULL}", "[1,null]"]),
      ...of("bigint[]", ["{9007199254740993,NULL}", "[9007199254740993,null]"]),
      ...of("boolean[]", ["{t,f,NULL}", "[true,false,null]"]),
      ...of("real[]", ["{0.1,NaN,NULL}", `[0.1,"NaN",null]`]),
      ...of("double precision[]", ["{0.1,1e21,-Infinity}", `[0.1,1e+21,"-Infinity"]`]),
      ...of("numeric[]", ["{1.500,NULL}", `["1.500",null]`]),
      ...of("numeric[]", ["{NaN}", `["NaN"]`, NULL_INSTEAD]),
      ...of("text[]", [
        String.raw`{a,NULL,"NULL","","\"q\" \\","{,}"}`,
        String.raw`["a",null,"NULL","","\"q\" \\","{,}"]`,
      ]),
      ...of("text[]", ["{{a,b},{c,d}}", `[["a","b"],["c","d"]]`, FLAT]),
      ...of("character varying(5)[]", ["{a,NULL}", `["a",null]`]),
      ...of("bytea[]", [String.raw`{"\\x00ff",NULL}`, `["AP8=",null]`]),
      ...of("uuid[]", ["{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", `["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]`]),
      ...of("jsonb[]", [String.raw`{"{\"a\": 1}",NULL,"null"}`, String.raw`["{\"a\": 1}",null,"null"]`]),
      ...of("date[]", ["{2024-02-29,NULL}", `["2024-02-29Z",null]`]),
      ...of("time[]", ["{12:34:56.000001}", `["12:34:56.000001Z"]`, "loses fractions of a second"]),
      ...of("timestamp[]", ["{2024-02-29 12:34:56.000001}", `["2024-02-29T12:34:56.000001Z"]`]),
      ...of("timestamp with time zone[]", [
        "{2024-02-29 12:34:56.000001+02,NULL,infinity}",
        `["2024-02-29T10:34:56.000001Z",null,"infinity"]`,
      ]),
      ...of("timestamp with time zone[]", ["{2024-02-29 12:34+00}", `["2024-02-29T12:34:00.000000Z"]`]),
      ...of("inet[]", ["{192.168.0.1}", `["192.168.0.1"]`]),
      ...of("int4range[]", [`{"[1,5)"}`, `["[1,5)"]`]),
      ...of("mood[]", [`{sad,"so, so",NULL}`, `["sad","so, so",null]`, NULL_INSTEAD]),
      ...of("interval[]", [`{"1 day"}`, `["P0Y0M1DT0H0M0S"]`, LEFT_OUT]),
      ...of("year[]", ["{2024}", "[2024]", LEFT_OUT]),
      ...of("pair[]", [`{"(1,x)"}`, `["(1,x)"]`, LEFT_OUT]),
      ...of("point[]", [`{"(1,2)"}`, `["(1,2)"]`, LEFT_OUT]),
      ...of("box[]", ["{(1,1),(0,0);(2,2),(1,1)}", `["(1,1),(0,0)","(2,2),(1,1)"]`, NULL_INSTEAD]),
    ],
  },
  {
    title:
      "`int4range`, `int8range`, `numrange`, `tsrange`, `tstzrange`, `daterange`, a range type of one's own (`span`)",
    form: "string: Postgres' text, with the bounds in the range's canonical form",
    samples: [
      ...of("int4range", ["[1,5]", `"[1,6)"`], ["empty", `"empty"`], ["(,)", `"(,)"`]),
      ...of("int8range", ["[1,9007199254740993)", `"[1,9007199254740993)"`]),
      ...of("numrange", ["(1.5,2.50]", `"(1.5,2.50]"`]),
      ...of("tsrange", ["[2024-02-29 12:00,)", String.raw`"[\"2024-02-29 12:00:00\",)"`]),
      ...of("tstzrange", [
        "[2024-02-29 12:00:00.000001+02,infinity)",
        String.raw`"[\"2024-02-29 10:00:00.000001+00\",infinity)"`,
      ]),
      ...of("daterange", ["[2024-02-28,2024-02-29]", `"[2024-02-28,2024-03-01)"`]),
      ...of("span", ["[1,5)", `"[1,5)"`, LEFT_OUT]),
    ],
  },
  {
    form: "string: Postgres' text",
    samples: [
      ...of("int4multirange", ["{[1,3),[5,9)}", `"{[1,3),[5,9)}"`, LEFT_OUT]),
      ...of("tstzmultirange", ["{[2024-02-29 12:00+02,)}", String.raw`"{[\"2024-02-29 10:00:00+00\",)}"`, LEFT_OUT]),
    ],
  },
];
