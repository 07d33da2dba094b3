//! Tables of who is told of events, webhooks and live streams, and of who came in.

diesel::table! {
    webhooks (id) {
        id -> BigInt,
        url -> Text,
        description -> Nullable<Text>,
        kinds -> Text,
        secret -> Text,
        old_secret -> Nullable<Text>,
        old_secret_until -> Nullable<BigInt>,
        state -> SmallInt,
        state_reason -> Nullable<Text>,
        position -> BigInt,
        failures -> Integer,
        failing_since -> Nullable<BigInt>,
        last_success_at -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        next_at -> BigInt,
        lease_until -> Nullable<BigInt>,
        lease_token -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    webhook_attempts (id) {
        id -> BigInt,
        webhook_id -> BigInt,
        event_id -> BigInt,
        position -> BigInt,
        kind -> Text,
        at -> BigInt,
        ms -> BigInt,
        status -> Nullable<Integer>,
        error -> Nullable<Text>,
        response -> Nullable<Text>,
    }
}

diesel::table! {
    stream_tickets (hash) {
        hash -> Text,
        actor -> Text,
        good_until -> BigInt,
        access_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    accesses (id) {
        id -> BigInt,
        what -> Text,
        change -> Text,
        actor -> Text,
        thing -> Text,
        address -> Text,
        period -> BigInt,
        at -> BigInt,
        times -> BigInt,
    }
}
