-- The table that freshet.yaml indexes. Run once, when the database is first made.
CREATE TABLE books (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  description text,
  author text,
  year integer
);
