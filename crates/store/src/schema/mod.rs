//! The tables, for both databases at once: here those that all else stands on, in the files below those
//! of one theme. The full-text tables differ and live in `search`.

mod channels;
mod desk;
mod files;
mod mail;
mod people;
mod phone;
mod telling;

pub use channels::*;
pub use desk::*;
pub use files::*;
pub use mail::*;
pub use people::*;
pub use phone::*;
pub use telling::*;

diesel::table! {
    nodes (id) {
        id -> SmallInt,
        holder -> BigInt,
        lease_until -> BigInt,
    }
}

diesel::table! {
    organizations (id) {
        id -> BigInt,
        name -> Text,
        domain -> Nullable<Text>,
        created_at -> BigInt,
        parent_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    teams (id) {
        id -> BigInt,
        name -> Text,
        folded_name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    agents (id) {
        id -> BigInt,
        email -> Text,
        name -> Text,
        role -> SmallInt,
        password_hash -> Text,
        must_change_password -> Bool,
        active -> Bool,
        failed_sign_ins -> Integer,
        locked_until -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    team_members (team_id, agent_id) {
        team_id -> BigInt,
        agent_id -> BigInt,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> BigInt,
        family -> BigInt,
        agent_id -> BigInt,
        token_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> BigInt,
        name -> Text,
        prefix -> Text,
        key_hash -> Text,
        scopes -> Text,
        inboxes -> Nullable<Text>,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency_keys (actor, key) {
        actor -> Text,
        key -> Text,
        request_hash -> Text,
        status -> Nullable<SmallInt>,
        headers -> Nullable<Text>,
        body -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    secrets (name) {
        name -> Text,
        value -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    inboxes (id) {
        id -> BigInt,
        channel -> SmallInt,
        address -> Text,
        name -> Text,
        active -> Bool,
        restricted -> Bool,
        default_team_id -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        show_placeholders -> Bool,
    }
}

diesel::table! {
    inbox_teams (inbox_id, team_id) {
        inbox_id -> BigInt,
        team_id -> BigInt,
    }
}

diesel::table! {
    customers (id) {
        id -> BigInt,
        name -> Nullable<Text>,
        organization_id -> Nullable<BigInt>,
        language -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        demo -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
        last_activity_at -> BigInt,
        activity_key -> BigInt,
        version -> BigInt,
        canonical_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    identities (id) {
        id -> BigInt,
        customer_id -> BigInt,
        kind -> SmallInt,
        scope -> Text,
        value -> Text,
        display -> Text,
        name -> Nullable<Text>,
        proof -> Text,
        source -> Text,
        first_seen_at -> BigInt,
        proved_at -> Nullable<BigInt>,
        shared -> Bool,
    }
}

diesel::table! {
    statuses (key) {
        key -> Text,
        name -> Text,
        category -> SmallInt,
        position -> Integer,
    }
}

diesel::table! {
    tickets (id) {
        id -> BigInt,
        number -> BigInt,
        customer_id -> BigInt,
        inbox_id -> BigInt,
        channel -> SmallInt,
        subject -> Text,
        status_key -> Text,
        category -> SmallInt,
        priority -> SmallInt,
        assignee_agent_id -> Nullable<BigInt>,
        assignee_team_id -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        updated_key -> BigInt,
        resolved_at -> Nullable<BigInt>,
        last_message_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    tags (id) {
        id -> BigInt,
        name -> Text,
        folded_name -> Text,
        color -> Nullable<Text>,
        description -> Nullable<Text>,
        created_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    ticket_tags (ticket_id, tag_id) {
        ticket_id -> BigInt,
        tag_id -> BigInt,
    }
}

diesel::table! {
    customer_tags (customer_id, tag_id) {
        customer_id -> BigInt,
        tag_id -> BigInt,
    }
}

diesel::table! {
    timeline_items (id) {
        id -> BigInt,
        customer_id -> BigInt,
        order_key -> BigInt,
        kind -> SmallInt,
        channel -> SmallInt,
        visibility -> SmallInt,
        ticket_id -> Nullable<BigInt>,
        inbox_id -> Nullable<BigInt>,
        identity_id -> Nullable<BigInt>,
        author_kind -> SmallInt,
        author_id -> Nullable<BigInt>,
        occurred_at -> BigInt,
        created_at -> BigInt,
        body -> Text,
        detail -> Text,
    }
}

diesel::table! {
    attachments (id) {
        id -> BigInt,
        item_id -> BigInt,
        position -> SmallInt,
        name -> Nullable<Text>,
        media_type -> Text,
        size -> BigInt,
        blob -> Text,
        content_id -> Nullable<Text>,
        inline -> Bool,
    }
}

diesel::table! {
    deliveries (id) {
        id -> BigInt,
        inbox_id -> BigInt,
        external_id -> Text,
        blob -> Text,
        size -> BigInt,
        received_at -> BigInt,
        outcome -> SmallInt,
        reason -> Nullable<Text>,
        item_id -> Nullable<BigInt>,
        processed_at -> Nullable<BigInt>,
        message_id -> Nullable<Text>,
        full_size -> Nullable<BigInt>,
        import_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    ticket_links (ticket_id, other_id, kind) {
        ticket_id -> BigInt,
        other_id -> BigInt,
        kind -> SmallInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        payload -> Text,
        run_at -> BigInt,
        lease_until -> Nullable<BigInt>,
        lease_token -> Nullable<BigInt>,
        attempts -> Integer,
        dead -> Bool,
        last_error -> Nullable<Text>,
        dedup_key -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    domain_events (id) {
        id -> BigInt,
        position -> Nullable<BigInt>,
        kind -> Text,
        actor -> Text,
        customer_id -> Nullable<BigInt>,
        ticket_id -> Nullable<BigInt>,
        inbox_id -> Nullable<BigInt>,
        occurred_at -> BigInt,
        payload -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    nodes,
    organizations,
    teams,
    agents,
    team_members,
    refresh_tokens,
    api_keys,
    idempotency_keys,
    secrets,
    inboxes,
    inbox_teams,
    customers,
    identities,
    statuses,
    tickets,
    tags,
    ticket_tags,
    customer_tags,
    timeline_items,
    attachments,
    mail_ids,
    deliveries,
    channel_accounts,
    channel_events,
    channel_objects,
    channel_places,
    channel_templates,
    file_links,
    conversations,
    delivery_items,
    parked_events,
    mail_settings,
    mail_folders,
    mail_uids,
    outgoing_mails,
    send_paces,
    ticket_links,
    automatic_answers,
    uploads,
    jobs,
    domain_events,
    merges,
    merge_suggestions,
    likenesses,
    pins,
    blob_trash,
    erasures,
    facts,
    fact_rules,
    question_rules,
    promises,
    guard_checks,
    webhooks,
    webhook_attempts,
    stream_tickets,
    accesses,
    event_types,
    pushed_events,
    waiting_events,
    waiting_hints,
    custom_fields,
    profile_fields,
    consents,
    phone_mappings,
    imports,
    import_rejections,
    phone_calls,
    phone_legs,
    phone_settings,
    item_tags,
    ticket_reads,
    drafts,
    draft_files,
    presences,
    mentions,
    views,
    macros,
);
