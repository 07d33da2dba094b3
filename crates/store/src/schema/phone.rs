//! The tables of calls, and the tags of items.

diesel::table! {
    phone_mappings (name) {
        name -> Text,
        source -> Text,
        updated_at -> BigInt,
        version -> BigInt,
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
