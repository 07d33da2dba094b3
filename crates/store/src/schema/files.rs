//! The tables of imports.

diesel::table! {
    imports (id) {
        id -> BigInt,
        kind -> SmallInt,
        inbox_id -> Nullable<BigInt>,
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
    import_rejections (import_id, place) {
        import_id -> BigInt,
        place -> BigInt,
        line -> BigInt,
        reason -> Text,
        raw -> Text,
    }
}
