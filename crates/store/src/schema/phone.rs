//! The tables of phone logs, and the tags of items.

diesel::table! {
    phone_mappings (name) {
        name -> Text,
        source -> Text,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    phone_imports (id) {
        id -> BigInt,
        inbox_id -> BigInt,
        name -> Text,
        blob -> Text,
        size -> BigInt,
        actor -> Text,
        source -> Nullable<Text>,
        state -> SmallInt,
        counts -> Text,
        checked -> Nullable<Text>,
        reason -> Nullable<Text>,
        created_at -> BigInt,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    phone_rejections (import_id, place) {
        import_id -> BigInt,
        place -> BigInt,
        line -> BigInt,
        reason -> Text,
        raw -> Text,
    }
}

diesel::table! {
    phone_calls (id) {
        id -> BigInt,
        inbox_id -> BigInt,
        key -> Text,
        item_id -> Nullable<BigInt>,
        content -> Nullable<Text>,
        import_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    phone_legs (inbox_id, key) {
        inbox_id -> BigInt,
        key -> Text,
        call_id -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    phone_settings (inbox_id) {
        inbox_id -> BigInt,
        settings -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    item_tags (item_id, tag_id) {
        item_id -> BigInt,
        tag_id -> BigInt,
    }
}
