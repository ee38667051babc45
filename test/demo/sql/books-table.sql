CREATE TABLE books (
  id serial PRIMARY KEY,
  name text NOT NULL,
  description text,
  author text,
  year integer
);
