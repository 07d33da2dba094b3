-- What an agent's desk keeps. The PostgreSQL folder holds the same tables; a test compares the two.

-- How far an agent has read in a ticket that he opened; there is no row for one that he never did.
-- `since_key` bounds how far back the timeline is looked at for what came later. `marked` is set
-- where he himself put the ticket back among the unread ones.
CREATE TABLE ticket_reads (
    agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    item_id BIGINT NOT NULL,
    since_key BIGINT NOT NULL,
    marked BOOLEAN NOT NULL,
    PRIMARY KEY (agent_id, ticket_id)
);
CREATE INDEX ticket_reads_ticket ON ticket_reads (ticket_id);

-- What an agent has begun to write. `content` is JSON, and NULL where the draft is gone: the row then
-- remembers for a while which revision was the last, so that no late write brings it back.
CREATE TABLE drafts (
    id INTEGER NOT NULL PRIMARY KEY,
    agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    kind SMALLINT NOT NULL,
    revision BIGINT NOT NULL,
    content TEXT,
    updated_at BIGINT NOT NULL,
    updated_key BIGINT NOT NULL
);
CREATE UNIQUE INDEX drafts_place ON drafts (agent_id, ticket_id, kind);
CREATE INDEX drafts_ticket ON drafts (ticket_id);
CREATE INDEX drafts_updated ON drafts (agent_id, updated_key) WHERE content IS NOT NULL;
CREATE INDEX drafts_gone ON drafts (updated_at) WHERE content IS NULL;

-- Files that a draft names. While they are named they are not swept.
CREATE TABLE draft_files (
    upload_id INTEGER NOT NULL PRIMARY KEY REFERENCES uploads (id) ON DELETE CASCADE,
    draft_id BIGINT NOT NULL REFERENCES drafts (id) ON DELETE CASCADE,
    position SMALLINT NOT NULL
);
CREATE INDEX draft_files_draft ON draft_files (draft_id, position);

-- Who has a ticket open at this moment, in which tab.
CREATE TABLE presences (
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    client TEXT NOT NULL,
    state SMALLINT NOT NULL,
    since BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, agent_id, client)
);
CREATE INDEX presences_agent ON presences (agent_id);
CREATE INDEX presences_age ON presences (seen_at);

-- Agents whom a note names.
CREATE TABLE mentions (
    item_id BIGINT NOT NULL REFERENCES timeline_items (id) ON DELETE CASCADE,
    agent_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
    unread BOOLEAN NOT NULL,
    PRIMARY KEY (item_id, agent_id)
);
CREATE INDEX mentions_agent ON mentions (agent_id, ticket_id);
CREATE INDEX mentions_unread ON mentions (agent_id, ticket_id) WHERE unread;
CREATE INDEX mentions_ticket ON mentions (ticket_id);

-- Lists of tickets that agents keep. `filter` holds the parameters of the list as JSON.
CREATE TABLE views (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    shared SMALLINT NOT NULL,
    team_id BIGINT REFERENCES teams (id) ON DELETE CASCADE,
    filter TEXT NOT NULL,
    position INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX views_owner ON views (owner_id, id);
CREATE INDEX views_shared ON views (shared, id);
CREATE INDEX views_team ON views (team_id, id);

-- Answers that are often given, with what they do to the ticket. `actions` is JSON.
CREATE TABLE macros (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    shared BOOLEAN NOT NULL,
    body TEXT NOT NULL,
    actions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX macros_owner ON macros (owner_id, id);
CREATE INDEX macros_shared ON macros (shared, id);
