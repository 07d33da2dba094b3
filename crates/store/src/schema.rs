//! The tables, for both databases at once. The full-text tables differ and live in `search`.

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
    }
}

diesel::table! {
    send_paces (inbox_id) {
        inbox_id -> BigInt,
        full_at -> BigInt,
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
    event_types,
    pushed_events,
    waiting_events,
    waiting_hints,
    custom_fields,
    profile_fields,
    consents,
);
