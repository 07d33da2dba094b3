-- An edge from a record that was merged to the one that survived. Nothing is moved: what belongs to a
-- record stays with it, and customers.canonical_id is the end of the way along these edges.
CREATE TABLE merges (
    id BIGINT NOT NULL PRIMARY KEY,
    survivor_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    merged_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    evidence TEXT NOT NULL,
    merged_by TEXT NOT NULL,
    merged_at BIGINT NOT NULL,
    undone_by TEXT,
    undone_at BIGINT
);
CREATE UNIQUE INDEX merges_active ON merges (merged_id) WHERE undone_at IS NULL;
CREATE INDEX merges_merged ON merges (merged_id, id);
CREATE INDEX merges_survivor ON merges (survivor_id, id);

-- Two records of which something tells that they may be one person; first_id is the lower one. A pair
-- that somebody dismissed stays here, so that it is not suggested again.
CREATE TABLE merge_suggestions (
    id BIGINT NOT NULL PRIMARY KEY,
    first_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    second_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    score SMALLINT NOT NULL,
    evidence TEXT NOT NULL,
    state SMALLINT NOT NULL,
    made_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT
);
CREATE UNIQUE INDEX merge_suggestions_pair ON merge_suggestions (first_id, second_id);
CREATE INDEX merge_suggestions_second ON merge_suggestions (second_id);
CREATE INDEX merge_suggestions_state ON merge_suggestions (state, id);

-- What is said of a record and binds nobody: a number told beside an address, a name at a company.
-- Records that have the same are alike.
CREATE TABLE likenesses (
    kind SMALLINT NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    customer_id BIGINT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (kind, value, customer_id)
);
CREATE INDEX likenesses_customer ON likenesses (customer_id);

-- The list of customers shows surviving records alone, and neither database sorts them by an index that begins
-- with canonical_id.
CREATE INDEX customers_surviving ON customers (activity_key) WHERE canonical_id IS NULL;
