//! Tables of who customers are and what they told: merges, histories, facts, profiles, pushed events.

diesel::table! {
    merges (id) {
        id -> BigInt,
        survivor_id -> BigInt,
        merged_id -> BigInt,
        evidence -> Text,
        merged_by -> Text,
        merged_at -> BigInt,
        undone_by -> Nullable<Text>,
        undone_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    merge_suggestions (id) {
        id -> BigInt,
        first_id -> BigInt,
        second_id -> BigInt,
        score -> SmallInt,
        evidence -> Text,
        state -> SmallInt,
        made_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    likenesses (kind, value, customer_id) {
        kind -> SmallInt,
        value -> Text,
        customer_id -> BigInt,
        seen_at -> BigInt,
    }
}

diesel::table! {
    pins (item_id) {
        item_id -> BigInt,
        customer_id -> BigInt,
        actor -> Text,
        pinned_at -> BigInt,
    }
}

diesel::table! {
    blob_trash (blob) {
        blob -> Text,
        since -> BigInt,
        aside_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    erasures (id) {
        id -> BigInt,
        customer_id -> BigInt,
        records -> Text,
        actor -> Text,
        reason -> Text,
        counts -> Text,
        digest -> Text,
        highest_number -> BigInt,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    facts (id) {
        id -> BigInt,
        customer_id -> BigInt,
        item_id -> BigInt,
        kind -> Text,
        value -> Text,
        display -> Text,
        range_start -> Nullable<Integer>,
        range_end -> Nullable<Integer>,
        rule -> Text,
        source -> SmallInt,
        confidence -> SmallInt,
        said_at -> BigInt,
        state -> SmallInt,
        state_by -> Nullable<Text>,
        state_at -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    fact_rules (id) {
        id -> BigInt,
        name -> Text,
        kind -> Text,
        pattern -> Text,
        active -> Bool,
        created_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    question_rules (id) {
        id -> BigInt,
        kind -> Text,
        language -> Text,
        phrase -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    promises (id) {
        id -> BigInt,
        customer_id -> BigInt,
        ticket_id -> BigInt,
        item_id -> BigInt,
        about_item_id -> Nullable<BigInt>,
        body -> Text,
        due_at -> BigInt,
        state -> SmallInt,
        state_by -> Nullable<Text>,
        state_at -> Nullable<BigInt>,
        made_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    guard_checks (id) {
        id -> BigInt,
        customer_id -> BigInt,
        ticket_id -> BigInt,
        actor -> Text,
        team_id -> Nullable<BigInt>,
        channel -> SmallInt,
        kinds -> Text,
        outcome -> SmallInt,
        reason -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    event_types (id) {
        id -> BigInt,
        name -> Text,
        shape -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    pushed_events (id) {
        id -> BigInt,
        actor -> Text,
        key -> Text,
        request_hash -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    waiting_events (id) {
        id -> BigInt,
        actor -> Text,
        event_type -> Text,
        occurred_at -> BigInt,
        created_at -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    waiting_hints (kind, scope, value, event_id) {
        kind -> SmallInt,
        scope -> Text,
        value -> Text,
        event_id -> BigInt,
    }
}

diesel::table! {
    custom_fields (id) {
        id -> BigInt,
        key -> Text,
        name -> Text,
        kind -> SmallInt,
        options -> Text,
        required -> Bool,
        created_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    profile_fields (customer_id, field, source) {
        customer_id -> BigInt,
        field -> Text,
        source -> SmallInt,
        value -> Text,
        value_key -> Text,
        wins -> Bool,
        set_by -> Text,
        set_at -> BigInt,
    }
}

diesel::table! {
    consents (id) {
        id -> BigInt,
        customer_id -> BigInt,
        purpose -> Text,
        state -> SmallInt,
        given_at -> BigInt,
        source -> Text,
        proof -> Nullable<Text>,
        set_by -> Text,
        created_at -> BigInt,
    }
}
