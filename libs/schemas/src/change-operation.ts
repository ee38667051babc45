/**
 * `c` create, `u` update, `d` delete, `r` snapshot read; `t` truncate and `m` snapshot-end are about a whole table.
 */
export type ChangeOperation = "c" | "u" | "d" | "r" | "t" | "m";
