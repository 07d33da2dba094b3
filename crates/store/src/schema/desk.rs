//! Tables of what an agent's desk keeps: reads, drafts, presence, mentions, views, macros.

diesel::table! {
    ticket_reads (agent_id, ticket_id) {
        agent_id -> BigInt,
        ticket_id -> BigInt,
        item_id -> BigInt,
        since_key -> BigInt,
        marked -> Bool,
    }
}

diesel::table! {
    drafts (id) {
        id -> BigInt,
        agent_id -> BigInt,
        ticket_id -> BigInt,
        kind -> SmallInt,
        revision -> BigInt,
        content -> Nullable<Text>,
        updated_at -> BigInt,
        updated_key -> BigInt,
    }
}

diesel::table! {
    draft_files (upload_id) {
        upload_id -> BigInt,
        draft_id -> BigInt,
        position -> SmallInt,
    }
}

diesel::table! {
    presences (ticket_id, agent_id, client) {
        ticket_id -> BigInt,
        agent_id -> BigInt,
        client -> Text,
        state -> SmallInt,
        since -> BigInt,
        seen_at -> BigInt,
    }
}

diesel::table! {
    mentions (item_id, agent_id) {
        item_id -> BigInt,
        agent_id -> BigInt,
        ticket_id -> BigInt,
        unread -> Bool,
    }
}

diesel::table! {
    views (id) {
        id -> BigInt,
        name -> Text,
        owner_id -> BigInt,
        shared -> SmallInt,
        team_id -> Nullable<BigInt>,
        filter -> Text,
        position -> Integer,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    macros (id) {
        id -> BigInt,
        name -> Text,
        owner_id -> BigInt,
        shared -> Bool,
        body -> Text,
        actions -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}
