import { LEFT_OUT, of, type TypeRow } from "./type-row.js";

const WKB = "writes an object with well-known binary (WKB)";

export const OTHERS: readonly TypeRow[] = [
  {
    form: "string: Postgres' text",
    samples: [
      ...of("inet", ["192.168.0.1", `"192.168.0.1"`], ["192.168.0.1/24", `"192.168.0.1/24"`], ["::1", `"::1"`]),
      ...of("cidr", ["10.0.0.0/8", `"10.0.0.0/8"`]),
      ...of("macaddr", ["08:00:2b:01:02:03", `"08:00:2b:01:02:03"`]),
      ...of("macaddr8", ["08:00:2b:01:02:03:04:05", `"08:00:2b:01:02:03:04:05"`]),
    ],
  },
  {
    form: "string: Postgres' text, exact and readable",
    samples: [
      ...of("point", ["(1.5,-2)", `"(1.5,-2)"`, WKB], ["(NaN,Infinity)", `"(NaN,Infinity)"`, WKB]),
      ...of("line", ["{1,2,3}", `"{1,2,3}"`, "writes an object"]),
      ...of("lseg", ["[(0,0),(1,1)]", `"[(0,0),(1,1)]"`, WKB]),
      ...of("box", ["(1,1),(0,0)", `"(1,1),(0,0)"`, WKB]),
      ...of("path", ["[(0,0),(1,1)]", `"[(0,0),(1,1)]"`, WKB]),
      ...of("polygon", ["((0,0),(1,1),(2,0))", `"((0,0),(1,1),(2,0))"`, WKB]),
      ...of("circle", ["<(0,0),1.5>", `"<(0,0),1.5>"`, WKB]),
    ],
  },
  {
    form: "string: Postgres' text, as every type that isn't named here",
    samples: [
      ...of("pg_lsn", ["16/B374D848", `"16/B374D848"`, LEFT_OUT]),
      ...of("xid8", ["18446744073709551615", `"18446744073709551615"`, LEFT_OUT]),
      ...of("regclass", ["pg_catalog.pg_class", `"pg_class"`, LEFT_OUT]),
      ...of("int2vector", ["1 2", `"1 2"`, "writes an empty array"]),
    ],
  },
];
