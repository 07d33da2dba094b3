//! Importing over the API: look, try dry, read in, and look at what could not be read.

use std::sync::Arc;

use serde_json::json;
use throughline_app::imports::{self, Batch, Going};
use throughline_core::id::ImportId;
use throughline_tests::{World, on_both};

use super::{Leg, call_of, customer, id_of, import, inbox, log, source, timeline, upload};

on_both!(
    a_log_becomes_calls_with_their_legs_inside_and_twice_the_same,
    a_dry_run_counts_and_writes_nothing,
    a_preview_shows_what_the_file_is_read_as,
    rows_that_cannot_be_read_are_kept_and_read_after_fixing,
    clocks_that_change_are_read_by_the_policy,
    an_import_is_paused_goes_on_and_is_cancelled,
    a_batch_that_comes_again_does_nothing,
    a_file_of_another_format_fails_with_its_reason,
    mappings_are_saved_and_an_inbox_names_one,
    who_may_not_import_may_not,
);

async fn a_log_becomes_calls_with_their_legs_inside_and_twice_the_same(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let file = log(0..6, 3);
    let done = import(&world, &admin, &phone, &file).await;
    let counts = &done["counts"];
    assert_eq!((&counts["rows"], &counts["legs_new"]), (&json!(12), &json!(12)), "{done}");
    assert_eq!((&counts["calls_new"], &counts["customers_new"]), (&json!(6), &json!(3)));
    assert_eq!((&counts["rejected"], &counts["without_number"]), (&json!(0), &json!(0)));
    assert_eq!((&counts["bytes"], &done["size"]), (&json!(file.len()), &json!(file.len())));
    let elif = customer(&admin, "+905321110001").await.expect("a customer");
    let before = timeline(&admin, &elif, "").await;
    assert_eq!(before.len(), 2, "{before:?}");
    let call = &before[1];
    assert_eq!((&call["kind"], &call["channel"]), (&json!("call"), &json!("phone")));
    assert_eq!(call["occurred_at"], "2026-02-03T06:00:01.000000Z", "09:00:01 in Istanbul");
    assert_eq!((&call["inbox"], &call["author"]["kind"]), (&json!(phone), &json!("customer")));
    assert_eq!(call["call"]["disposition"], "answered");
    assert_eq!(call["call"]["direction"], "inbound");
    assert_eq!(call["call"]["talk_seconds"], 42);
    assert_eq!(call["call"]["legs"].as_array().expect("legs").len(), 2);
    assert_eq!(call["call"]["customer"]["number"]["e164"], "+905321110001");
    let reason = &before[0]["call"]["owner_reason"]["rule"];
    assert_eq!(
        (&call["call"]["owner_reason"]["rule"], reason),
        (&json!("first_seen"), &json!("same_identity"))
    );
    let events = admin.get("/events?kind=event.received").await.good();
    assert_eq!(events["items"].as_array().expect("a list").len(), 6);
    assert_eq!(events["items"][0]["data"]["event_type"], "call.answered");
    let again = import(&world, &admin, &phone, &file).await;
    assert_eq!(again["counts"]["legs_known"], 12);
    for nothing in ["legs_new", "legs_changed", "calls_new", "calls_extended", "customers_new"] {
        assert_eq!(again["counts"][nothing], 0, "{nothing} in {again}");
    }
    assert_eq!(timeline(&admin, &elif, "").await, before);
    let found = admin.get("/search?q=5321110001").await.text();
    assert!(found.contains(id_of(call)), "a call is found by its number: {found}");
}

async fn a_dry_run_counts_and_writes_nothing(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    import(&world, &admin, &phone, &log(0..2, 2)).await;
    let start = admin.get("/events").await.good()["next"].clone();
    let file = log(0..6, 3) + "this is no row\n";
    let id = upload(&admin, &phone, &file).await;
    let path = format!("/imports/{id}/check");
    assert_eq!(admin.post(&path, json!({})).await.good()["state"], "checking");
    world.drain().await;
    let checked = admin.get(&format!("/imports/{id}")).await.good();
    assert_eq!(checked["state"], "uploaded");
    let found = &checked["checked"];
    let expected = [
        ("rows", 13),
        ("legs_new", 8),
        ("legs_known", 4),
        ("calls_new", 4),
        ("customers_new", 1),
        ("rejected", 1),
    ];
    for (what, n) in expected {
        assert_eq!(found[what], n, "{what} in {found}");
    }
    assert_eq!(checked["counts"]["rows"], 0);
    assert_eq!(admin.get("/customers").await.good()["items"].as_array().expect("a list").len(), 2);
    let after = admin.get(&format!("/events?after={start}")).await.good();
    assert_eq!(after["items"], json!([]), "nothing happened");
    // What it foretold comes true.
    admin.post(&format!("/imports/{id}/start"), json!({})).await.good();
    world.drain().await;
    let done = admin.get(&format!("/imports/{id}")).await.good();
    for (what, n) in expected {
        assert_eq!(done["counts"][what], n, "{what} in {done}");
    }
}

async fn a_preview_shows_what_the_file_is_read_as(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let path = format!("/api/v1/imports?kind=calls&inbox={phone}");
    let made = admin.post_raw(&path, "text/csv", log(0..6, 3).into_bytes()).await.good();
    let preview = format!("/imports/{}/preview", id_of(&made));
    let looked = admin.post(&preview, json!({})).await.good();
    assert_eq!((&looked["format"], &looked["encoding"]), (&json!("asterisk_csv"), &json!("utf-8")));
    assert_eq!((&looked["separator"], &looked["has_header"]), (&json!(","), &json!(false)));
    assert_eq!(looked["wrong"][0]["field"], "time_zone", "{looked}");
    assert_eq!(looked["rows"], json!([]));
    let body = json!({ "source": source(), "rows": 4 });
    let looked = admin.post(&preview, body).await.good();
    assert_eq!(looked["wrong"], json!([]));
    assert_eq!(looked["rows"].as_array().expect("rows").len(), 4);
    assert_eq!(looked["calls"].as_array().expect("calls").len(), 2);
    assert_eq!(looked["calls"][0]["legs"].as_array().expect("legs").len(), 2);
    // To start it, it must be said how it is read.
    let start = format!("/imports/{}/start", id_of(&made));
    admin.post(&start, json!({})).await.problem(409, "import_source_missing");
    let bad = json!({ "source": { "format": "asterisk_csv", "time_zone": "Nowhere/Else" } });
    let put = format!("/imports/{}/source", id_of(&made));
    let told = admin.put(&put, bad).await.problem(422, "invalid_field");
    assert_eq!(told["field"], "time_zone");
    let formats = admin.get("/phone/formats").await.good();
    assert!(formats["items"].as_array().expect("a list").len() >= 7);
}

async fn rows_that_cannot_be_read_are_kept_and_read_after_fixing(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    // This hour came twice in Berlin.
    let leg = Leg {
        call: "1792888200",
        sequence: 1,
        number: "+491711112233",
        extension: "201",
        start: "2026-10-25 02:30:00",
        talk: 10,
    };
    let file = format!("{}=1+1,\"broken\n", leg.line());
    let id = upload(&admin, &phone, &file).await;
    let berlin = |dst: &str| {
        let source = json!({ "format": "asterisk_csv", "time_zone": "Europe/Berlin", "dst": dst });
        json!({ "source": source })
    };
    let put = format!("/imports/{id}/source");
    admin.put(&put, berlin("reject")).await.good();
    admin.post(&format!("/imports/{id}/start"), json!({})).await.good();
    world.drain().await;
    let done = admin.get(&format!("/imports/{id}")).await.good();
    assert_eq!(
        (&done["state"], &done["counts"]["rejected"]),
        (&json!("done"), &json!(2)),
        "{done}"
    );
    let csv = admin.get(&format!("/imports/{id}/rejected")).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    let csv = csv.text();
    assert!(csv.starts_with("row,line,reason,raw\r\n1,1,"), "{csv}");
    assert!(csv.contains("2026-10-25 02:30:00"), "{csv}");
    assert!(csv.contains("\"'=1+1"), "no spreadsheet runs it: {csv}");
    // Said otherwise, the first row is read.
    admin.put(&put, berlin("later")).await.good();
    admin.post(&format!("/imports/{id}/start"), json!({})).await.good();
    world.drain().await;
    let done = admin.get(&format!("/imports/{id}")).await.good();
    assert_eq!((&done["counts"]["rejected"], &done["counts"]["calls_new"]), (&json!(1), &json!(1)));
    let call = call_of(&admin, "+491711112233").await;
    assert_eq!(call["occurred_at"], "2026-10-25T01:30:00.000000Z");
}

async fn clocks_that_change_are_read_by_the_policy(world: Arc<World>) {
    let admin = world.admin().await;
    for (number, start, dst, at, quality) in [
        (1, "2026-10-25 02:30:00", "earlier", "2026-10-25T00:30:00.000000Z", "ambiguous_dst"),
        (2, "2026-10-25 02:30:00", "later", "2026-10-25T01:30:00.000000Z", "ambiguous_dst"),
        (3, "2026-03-29 02:30:00", "earlier", "2026-03-29T00:30:00.000000Z", "shifted_dst"),
        (4, "2026-03-29 02:30:00", "later", "2026-03-29T01:30:00.000000Z", "shifted_dst"),
        (5, "2026-03-29 03:30:00", "reject", "2026-03-29T01:30:00.000000Z", "local"),
    ] {
        let phone = inbox(&admin, &format!("switch {number}")).await;
        let number = format!("+49171111000{number}");
        let (call, extension) = ("1792888200", "201");
        let leg = Leg { call, sequence: 1, number: &number, extension, start, talk: 5 };
        let id = upload(&admin, &phone, &leg.line()).await;
        let source = json!({ "format": "asterisk_csv", "time_zone": "Europe/Berlin", "dst": dst });
        let put = format!("/imports/{id}/source");
        admin.put(&put, json!({ "source": source })).await.good();
        admin.post(&format!("/imports/{id}/start"), json!({})).await.good();
        world.drain().await;
        let call = call_of(&admin, &number).await;
        assert_eq!(
            (&call["occurred_at"], &call["call"]["time_quality"]),
            (&json!(at), &json!(quality))
        );
    }
}

async fn an_import_is_paused_goes_on_and_is_cancelled(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let id = upload(&admin, &phone, &log(0..3, 3)).await;
    let path = |action: &str| format!("/imports/{id}/{action}");
    admin.post(&path("pause"), json!({})).await.problem(409, "import_state");
    admin.post(&path("start"), json!({})).await.good();
    admin.post(&path("start"), json!({})).await.problem(409, "import_state");
    assert_eq!(admin.post(&path("pause"), json!({})).await.good()["state"], "paused");
    world.drain().await;
    let paused = admin.get(&format!("/imports/{id}")).await.good();
    assert_eq!((&paused["state"], &paused["counts"]["rows"]), (&json!("paused"), &json!(0)));
    admin.post(&path("start"), json!({})).await.good();
    world.drain().await;
    let done = admin.get(&format!("/imports/{id}")).await.good();
    assert_eq!((&done["state"], &done["counts"]["calls_new"]), (&json!("done"), &json!(3)));
    admin.post(&path("cancel"), json!({})).await.problem(409, "import_state");
    let other = upload(&admin, &phone, &log(3..6, 3)).await;
    admin.post(&format!("/imports/{other}/start"), json!({})).await.good();
    admin.post(&format!("/imports/{other}/cancel"), json!({})).await.good();
    world.drain().await;
    let ended = admin.get(&format!("/imports/{other}")).await.good();
    assert_eq!((&ended["state"], &ended["counts"]["rows"]), (&json!("cancelled"), &json!(0)));
    let listed = admin.get(&format!("/imports?inbox={phone}&limit=1")).await.good();
    assert_eq!(listed["items"][0]["id"], json!(other), "the newest first");
    assert!(listed["next_cursor"].is_string());
}

async fn a_batch_that_comes_again_does_nothing(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let id = upload(&admin, &phone, &log(0..3, 3)).await;
    admin.post(&format!("/imports/{id}/start"), json!({})).await.good();
    let import: ImportId = id.parse().expect("an id");
    let begun = imports::in_hand(&world.app, import).await.expect("read").expect("it runs");
    let run = imports::Run::of(&begun);
    // Another worker has read on meanwhile: what this one has is not behind the place any more.
    let late = || Batch { behind: 4, ..Batch::default() };
    assert_eq!(imports::take(&world.app, run, late()).await.expect("taken"), Going::Stopped);
    // Nor is what was read before it was stopped and started: it may have been read in another way.
    for action in ["pause", "start"] {
        admin.post(&format!("/imports/{id}/{action}"), json!({})).await.good();
    }
    let first = Batch::default();
    assert_eq!(imports::take(&world.app, run, first).await.expect("taken"), Going::Stopped);
    imports::finish(&world.app, run).await.expect("not its business");
    world.drain().await;
    let done = admin.get(&format!("/imports/{id}")).await.good();
    assert_eq!(done["counts"]["rows"], 6);
    let again = Batch { behind: 6, ..Batch::default() };
    assert_eq!(imports::take(&world.app, run, again).await.expect("taken"), Going::Stopped, "over");
}

async fn a_file_of_another_format_fails_with_its_reason(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let email = world.inbox().await.id;
    let path = format!("/api/v1/imports?kind=calls&inbox={email}");
    let told = admin.post_raw(&path, "text/csv", b"a,b".to_vec()).await;
    assert_eq!(told.problem(422, "invalid_field")["field"], "inbox");
    let path = format!("/api/v1/imports?kind=calls&inbox={phone}");
    admin.post_raw(&path, "text/csv", Vec::new()).await.problem(422, "invalid_field");
    let bytes: Vec<u8> = (0..=255).cycle().take(4_000).collect();
    let made = admin.post_raw(&path, "text/csv", bytes).await.good();
    let put = format!("/imports/{}/source", id_of(&made));
    admin.put(&put, json!({ "source": { "format": "twilio_calls" } })).await.good();
    let start = format!("/imports/{}/start", id_of(&made));
    admin.post(&start, json!({})).await.good();
    world.drain().await;
    world.assert_no_dead_jobs().await;
    let ended = admin.get(&format!("/imports/{}", id_of(&made))).await.good();
    assert_eq!(ended["state"], "failed");
    let reason = ended["reason"].as_str().expect("a reason");
    assert!(reason.contains("no row of the format twilio_calls"), "{reason}");
    assert_eq!(ended["counts"]["calls_new"], 0);
}

async fn mappings_are_saved_and_an_inbox_names_one(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let bad = json!({ "source": { "format": "no such" } });
    admin.put("/phone/mappings/Main", bad).await.problem(422, "invalid_field");
    let body = json!({ "source": source() });
    let made = admin.put("/phone/mappings/Main", body.clone()).await.good();
    assert_eq!((&made["name"], &made["version"]), (&json!("Main"), &json!(1)));
    assert_eq!(admin.put("/phone/mappings/Main", body).await.good()["version"], 2);
    let settings = format!("/inboxes/{phone}/phone");
    assert_eq!(admin.get(&settings).await.good()["missed_calls_open_tickets"], false);
    let unknown = json!({ "mapping": "nobody" });
    admin.put(&settings, unknown).await.problem(422, "invalid_field");
    admin.put(&settings, json!({ "mapping": "Main" })).await.good();
    let path = format!("/api/v1/imports?kind=calls&inbox={phone}");
    let made = admin.post_raw(&path, "text/csv", log(0..1, 1).into_bytes()).await.good();
    assert_eq!(made["source"]["time_zone"], "Europe/Istanbul");
    assert_eq!(admin.get("/phone/mappings").await.good()["items"][0]["name"], "Main");
    assert!(admin.delete("/phone/mappings/Main").await.status.is_success());
    admin.delete("/phone/mappings/Main").await.problem(404, "not_found");
}

async fn who_may_not_import_may_not(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let id = upload(&admin, &phone, &log(0..1, 1)).await;
    let agent = world.agent(throughline_core::agent::Role::Agent, &[]).await;
    let path = format!("/api/v1/imports?kind=calls&inbox={phone}");
    agent.post_raw(&path, "text/csv", b"x".to_vec()).await.problem(403, "missing_right");
    agent.get(&format!("/imports/{id}")).await.problem(403, "missing_right");
    agent.post(&format!("/imports/{id}/start"), json!({})).await.problem(403, "missing_right");
    agent
        .put("/phone/mappings/x", json!({ "source": source() }))
        .await
        .problem(403, "missing_right");
    // An agent who may not see the inbox sees none of its calls.
    import(&world, &admin, &phone, &log(0..1, 1)).await;
    let call = call_of(&admin, "+905321110000").await;
    assert_eq!(agent.get(&format!("/items/{}", id_of(&call))).await.good()["id"], call["id"]);
    let closed = json!({ "restricted": true });
    admin.patch(&format!("/inboxes/{phone}"), closed).await.good();
    agent.get(&format!("/items/{}", id_of(&call))).await.problem(404, "not_found");
}
