//! Calls are exported, merged, taken out and erased with their customer, and no log brings back what is
//! gone.

use std::sync::Arc;

use serde_json::json;
use throughline_app::imports;
use throughline_tests::{World, on_both};

use super::{call_of, customer, id_of, import, inbox, log, timeline};

on_both!(
    an_erased_customer_does_not_come_back_with_the_same_log,
    a_call_that_was_taken_out_stays_so,
    an_export_has_the_calls_and_a_merge_shows_those_of_both,
    files_are_let_go_of_when_the_import_is_long_over,
);

async fn an_erased_customer_does_not_come_back_with_the_same_log(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let file = log(0..4, 2);
    let done = import(&world, &admin, &phone, &file).await;
    assert_eq!(done["has_file"], true);
    let elif = customer(&admin, "+905321110000").await.expect("a customer");
    let body = json!({ "reason": "She asked for it", "confirm": elif["id"] });
    let erased = admin.post(&format!("/customers/{}/erase", id_of(&elif)), body).await.good();
    assert_eq!(erased["counts"]["items"], 2, "{erased}");
    assert_eq!(erased["counts"]["phone_logs"], 1, "{erased}");
    // The file names her, so it went as well.
    let path = format!("/imports/{}", id_of(&done));
    assert_eq!(admin.get(&path).await.good()["has_file"], false);
    admin.post(&format!("{path}/start"), json!({})).await.problem(409, "import_file_gone");
    let again = import(&world, &admin, &phone, &file).await;
    assert_eq!(
        (&again["counts"]["legs_known"], &again["counts"]["calls_new"]),
        (&json!(8), &json!(0))
    );
    assert!(customer(&admin, "+905321110000").await.is_none(), "she stays gone");
    let other = customer(&admin, "+905321110001").await.expect("the other one");
    assert_eq!(timeline(&admin, &other, "").await.len(), 2);
    // Another leg of a call that is gone says nothing, either.
    let legs = super::Leg {
        call: "1770100000",
        sequence: 99,
        number: "05321110000",
        extension: "209",
        start: "2026-02-03 09:01:00",
        talk: 9,
    };
    import(&world, &admin, &phone, &legs.line()).await;
    assert!(customer(&admin, "+905321110000").await.is_none());
}

async fn a_call_that_was_taken_out_stays_so(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let done = import(&world, &admin, &phone, &log(0..1, 1)).await;
    let call = call_of(&admin, "+905321110000").await;
    let body = json!({ "reason": "Not his call" });
    let after = admin.post(&format!("/items/{}/redact", id_of(&call)), body).await.good();
    assert_eq!(
        (&after["call"], &after["redacted"]["reason"]),
        (&json!(null), &json!("Not his call"))
    );
    let path = format!("/imports/{}", id_of(&done));
    assert_eq!(admin.get(&path).await.good()["has_file"], false);
    import(&world, &admin, &phone, &log(0..1, 1)).await;
    let after = call_of(&admin, "+905321110000").await;
    assert_eq!(
        (&after["call"], &after["redacted"]["reason"]),
        (&json!(null), &json!("Not his call"))
    );
    let found = admin.get("/search?q=5321110000").await.text();
    assert!(!found.contains(id_of(&call)), "{found}");
}

async fn an_export_has_the_calls_and_a_merge_shows_those_of_both(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    import(&world, &admin, &phone, &log(0..4, 2)).await;
    let one = customer(&admin, "+905321110000").await.expect("a customer");
    let two = customer(&admin, "+905321110001").await.expect("a customer");
    let body = json!({ "other": two["id"], "survivor": one["id"] });
    let merged = admin.post(&format!("/customers/{}/merge", id_of(&one)), body).await;
    assert!(merged.status.is_success(), "{}", merged.text());
    let items = timeline(&admin, &one, "&kind=call").await;
    assert_eq!(items.len(), 4, "{items:?}");
    assert!(
        items
            .windows(2)
            .all(|pair| pair[0]["occurred_at"].as_str() >= pair[1]["occurred_at"].as_str())
    );
    let told = json!({ "number": "+905321110001" });
    let answer = admin.post("/calls/ringing", told).await.good();
    assert_eq!(
        answer["customers"][0]["id"],
        admin.get(&format!("/customers/{}", id_of(&one))).await.good()["id"]
    );
    let export = admin.get(&format!("/customers/{}/export", id_of(&one))).await.text();
    for part in ["+905321110000", "+905321110001", "\"legs\"", "PJSIP/trunk-1770100000"] {
        assert!(export.contains(part), "{part} is missing");
    }
    let page = admin.get(&format!("/customers/{}/export?format=html", id_of(&one))).await.text();
    assert!(page.contains("inbound, answered, 42 s of talk"), "{page}");
}

async fn files_are_let_go_of_when_the_import_is_long_over(world: Arc<World>) {
    let admin = world.admin().await;
    let phone = inbox(&admin, "switch").await;
    let done = import(&world, &admin, &phone, &(log(0..1, 1) + "no row\n")).await;
    let path = format!("/imports/{}", id_of(&done));
    assert_eq!(imports::forget_files(&world.app).await.expect("done"), 0);
    world.clock.advance(31 * 24 * 60 * 60);
    assert_eq!(imports::forget_files(&world.app).await.expect("done"), 1);
    // Signed in anew: the token is of last month.
    let admin = world.admin().await;
    let after = admin.get(&path).await.good();
    assert_eq!((&after["has_file"], &after["state"]), (&json!(false), &json!("done")));
    assert_eq!(admin.get(&format!("{path}/rejected")).await.text(), "row,line,reason,raw\r\n");
    assert!(customer(&admin, "+905321110000").await.is_some(), "what was read in stays");
}
