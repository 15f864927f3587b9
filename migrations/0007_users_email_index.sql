-- SQLite leaves a partial index aside when it is asked about lower(email) alone: every look for an address read all
-- accounts. Without the condition it is used, and NULLs are as distinct in it as before.
DROP INDEX users_email;
CREATE UNIQUE INDEX users_email ON users (lower(email));
