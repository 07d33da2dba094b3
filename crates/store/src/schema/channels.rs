//! The tables of channels other than mail.

diesel::table! {
    channel_accounts (inbox_id) {
        inbox_id -> BigInt,
        kind -> Text,
        settings -> Text,
        secrets -> Nullable<Text>,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    conversations (inbox_id, key) {
        inbox_id -> BigInt,
        key -> Text,
        ticket_id -> BigInt,
    }
}

diesel::table! {
    channel_events (inbox_id, key) {
        inbox_id -> BigInt,
        key -> Text,
        seen_at -> BigInt,
    }
}

diesel::table! {
    channel_objects (inbox_id, object) {
        inbox_id -> BigInt,
        object -> Text,
        item_id -> BigInt,
    }
}

diesel::table! {
    parked_events (id) {
        id -> BigInt,
        inbox_id -> BigInt,
        object -> Text,
        delivery_id -> BigInt,
        who -> Text,
        event -> Text,
        parked_at -> BigInt,
    }
}

diesel::table! {
    delivery_items (delivery_id, item_id) {
        delivery_id -> BigInt,
        item_id -> BigInt,
    }
}

diesel::table! {
    channel_places (inbox_id) {
        inbox_id -> BigInt,
        cursor -> Text,
        asked_at -> Nullable<BigInt>,
        failures -> Integer,
        failing_since -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        needs_change -> Bool,
        version -> BigInt,
        next_at -> Nullable<BigInt>,
        lease_until -> Nullable<BigInt>,
        lease_token -> Nullable<BigInt>,
    }
}

diesel::table! {
    channel_templates (inbox_id) {
        inbox_id -> BigInt,
        account -> Text,
        asked_at -> BigInt,
        templates -> Text,
    }
}

diesel::table! {
    file_links (token_hash) {
        token_hash -> Text,
        attachment_id -> BigInt,
        expires_at -> BigInt,
        fetched -> Integer,
    }
}
