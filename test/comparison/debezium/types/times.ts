import { of, type TypeRow } from "./type-row.js";

const WRONG_INFINITY = "writes a date in a far year for an infinity";
const UTC_ONLY = "converts to UTC, which loses the offset";

export const TIMES: readonly TypeRow[] = [
  {
    form: "string in ISO 8601 with a `Z` (`time.precision.mode=isostring`); `infinity` and `-infinity` as Postgres writes them",
    samples: [
      ...of("date", ["2024-02-29", `"2024-02-29Z"`], ["12345-01-01", `"+12345-01-01Z"`]),
      ...of("date", ["0044-03-15 BC", `"-0043-03-15Z"`, "loses the era in a snapshot"]),
      ...of("date", ["infinity", `"infinity"`, WRONG_INFINITY], ["-infinity", `"-infinity"`, WRONG_INFINITY]),
    ],
  },
  {
    form: "string in ISO 8601 with a `Z`",
    samples: [
      ...of("time", ["12:34:56", `"12:34:56Z"`], ["12:34:56.000001", `"12:34:56.000001Z"`]),
      ...of("time", ["24:00", `"24:00:00Z"`, "writes the end of the day as its beginning"]),
      ...of("time(3)", ["12:34:56.789", `"12:34:56.789Z"`]),
    ],
  },
  {
    form: "string: Postgres' text, with its offset",
    samples: of(
      "time with time zone",
      ["12:34:56.000001+02", `"12:34:56.000001+02"`, UTC_ONLY],
      ["12:34:56-07:30:15", `"12:34:56-07:30:15"`, "writes null for an offset with seconds"],
    ),
  },
  {
    form: "string in ISO 8601 with a `Z`, microseconds as far as they are there; `infinity` and `-infinity` as Postgres writes them",
    samples: [
      ...of("timestamp", ["2024-02-29 12:34:56.000001", `"2024-02-29T12:34:56.000001Z"`]),
      ...of("timestamp", ["2024-02-29 12:34:56.120", `"2024-02-29T12:34:56.12Z"`]),
      ...of("timestamp", ["2024-02-29 12:34", `"2024-02-29T12:34:00Z"`]),
      ...of("timestamp", ["0044-03-15 12:00 BC", `"-0043-03-15T12:00:00Z"`]),
      ...of("timestamp", ["12345-01-01 00:00:00.5", `"+12345-01-01T00:00:00.5Z"`]),
      ...of("timestamp", ["infinity", `"infinity"`, WRONG_INFINITY], ["-infinity", `"-infinity"`, WRONG_INFINITY]),
      ...of("timestamp(3)", ["2024-02-29 12:34:56.789", `"2024-02-29T12:34:56.789Z"`]),
    ],
  },
  {
    form: "string in ISO 8601, in UTC, always with six digits of the second; `infinity` and `-infinity` as Postgres writes them",
    samples: [
      ...of("timestamp with time zone", ["2024-02-29 12:34:56.000001+02", `"2024-02-29T10:34:56.000001Z"`]),
      ...of("timestamp with time zone", ["2024-02-29 12:34:56.12+00", `"2024-02-29T12:34:56.120000Z"`]),
      ...of("timestamp with time zone", ["2024-02-29 12:34+00", `"2024-02-29T12:34:00.000000Z"`]),
      ...of("timestamp with time zone", ["0044-03-15 12:00+00 BC", `"-0043-03-15T12:00:00.000000Z"`]),
      ...of("timestamp with time zone", ["12345-01-01 00:00:00.5+00", `"+12345-01-01T00:00:00.500000Z"`]),
      ...of("timestamp with time zone", ["infinity", `"infinity"`], ["-infinity", `"-infinity"`]),
      ...of("timestamp(3) with time zone", [
        ...(["2024-02-29 12:34:56.789+00", `"2024-02-29T12:34:56.789000Z"`] as const),
        "writes as many digits as the column is declared with",
      ]),
    ],
  },
  {
    form: "string in ISO 8601, every part with its own sign (`interval.handling.mode=string`); `infinity` and `-infinity` as Postgres writes them",
    samples: of(
      "interval",
      ["1 year 2 mons -3 days 04:05:06.789", `"P1Y2M-3DT4H5M6.789S"`],
      ["-1 year -2 mons +3 days -04:05:06.000001", `"P-1Y-2M3DT-4H-5M-6.000001S"`],
      ["0", `"P0Y0M0DT0H0M0S"`],
      ["1000000 hours", `"P0Y0M0DT1000000H0M0S"`],
      ["-0.5 seconds", `"P0Y0M0DT0H0M-0.5S"`],
      ["infinity", `"infinity"`, "writes no time at all"],
    ),
  },
];
