//! Tables of e-mail: how inboxes fetch and send, what was seen, what goes out.

diesel::table! {
    mail_ids (mail_id, ticket_id) {
        mail_id -> Text,
        ticket_id -> BigInt,
        item_id -> Nullable<BigInt>,
        seen_at -> BigInt,
        bulk -> Bool,
        moved -> Bool,
    }
}

diesel::table! {
    mail_settings (inbox_id) {
        inbox_id -> BigInt,
        settings -> Text,
        credentials -> Nullable<Text>,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    mail_folders (inbox_id, folder) {
        inbox_id -> BigInt,
        folder -> Text,
        uid_validity -> BigInt,
        last_uid -> BigInt,
        checked_at -> Nullable<BigInt>,
        failures -> Integer,
        failing_since -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
        lease_token -> Nullable<BigInt>,
    }
}

diesel::table! {
    mail_uids (inbox_id, folder, uid_validity, uid) {
        inbox_id -> BigInt,
        folder -> Text,
        uid_validity -> BigInt,
        uid -> BigInt,
        delivery_id -> BigInt,
        pending -> SmallInt,
        seen_at -> BigInt,
    }
}

diesel::table! {
    outgoing_mails (item_id) {
        item_id -> BigInt,
        inbox_id -> BigInt,
        ticket_id -> BigInt,
        message_id -> Text,
        state -> SmallInt,
        send_at -> BigInt,
        stop_on_answer -> Bool,
        automatic -> Bool,
        deferrals -> Integer,
        first_tried_at -> Nullable<BigInt>,
        sending_since -> Nullable<BigInt>,
        reached -> Text,
        refused -> Text,
        words -> Nullable<Text>,
        updated_at -> BigInt,
        progress -> Nullable<Text>,
    }
}

diesel::table! {
    send_paces (inbox_id) {
        inbox_id -> BigInt,
        full_at -> BigInt,
    }
}

diesel::table! {
    automatic_answers (id) {
        id -> BigInt,
        inbox_id -> BigInt,
        address -> Text,
        sent_at -> BigInt,
    }
}

diesel::table! {
    uploads (id) {
        id -> BigInt,
        actor -> Text,
        blob -> Text,
        name -> Nullable<Text>,
        media_type -> Text,
        size -> BigInt,
        created_at -> BigInt,
    }
}
