/** A value, what our message says of it, and why Debezium says something else. */
export interface Sample {
  /** As a column is declared. */
  readonly type: string;
  /** As SQL reads it. */
  readonly literal: string;
  /** The value's JSON text in our message. */
  readonly json: string;
  /** Absent: Debezium's value is the same. */
  readonly differs?: string;
}

/** Types whose values have the same form in a message: a row of the producer's README. */
export interface TypeRow {
  /** What a README says instead of the samples' types, where those are a user's own or too many. */
  readonly title?: string;
  readonly form: string;
  readonly samples: readonly Sample[];
}

/** The samples of one type: literal, JSON text and, where Debezium differs, the reason. */
export function of(
  type: string,
  ...samples: readonly (readonly [literal: string, json: string, differs?: string])[]
): Sample[] {
  return samples.map(([literal, json, differs]) => ({
    ...{ type, literal, json },
    ...(differs === undefined ? {} : { differs }),
  }));
}

export const LEFT_OUT = "leaves the column out";
export const NULL_INSTEAD = "writes null";
