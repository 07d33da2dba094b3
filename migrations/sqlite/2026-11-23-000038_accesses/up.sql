-- Who came in, and who took what out. The PostgreSQL folder holds the same table; a test compares the two.

-- A line of the audit trail that is no domain event. What repeats from one place within one period is one line
-- with a count. `actor` and `thing` name who and what as text, without keys to their tables: the trail
-- outlives them.
CREATE TABLE accesses (
    id INTEGER NOT NULL PRIMARY KEY,
    what TEXT NOT NULL,
    change TEXT NOT NULL,
    actor TEXT NOT NULL,
    thing TEXT NOT NULL,
    address TEXT NOT NULL,
    period BIGINT NOT NULL,
    at BIGINT NOT NULL,
    times BIGINT NOT NULL
);
CREATE UNIQUE INDEX accesses_same ON accesses (what, change, period, actor, thing, address);
CREATE INDEX accesses_what ON accesses (what, id);
