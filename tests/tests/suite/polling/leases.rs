//! Who may ask for an inbox, and what happens when he dies: nothing is lost, and nothing comes twice.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use throughline_app::channels::{self, Found};
use throughline_tests::{World, on_both};

use super::telegram::WAIT;
use super::{Desk, Run, TOKEN};
use crate::channels::bot::{message, text};
use crate::mailboxes::kit::soon;

on_both!(
    cut_off_again_and_again_it_loses_and_doubles_nothing,
    who_has_lost_an_inbox_records_nothing_in_it,
    of_two_workers_one_asks_and_the_other_takes_over,
);

async fn cut_off_again_and_again_it_loses_and_doubles_nothing(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    const COUNT: usize = 120;
    let mut told = 0;
    for round in 0..40_u64 {
        while told < COUNT.min((round as usize + 1) * 4) {
            told += 1;
            desk.happens(told as i64, &format!("number {told}"));
        }
        let run = Run::start(&desk);
        tokio::time::sleep(Duration::from_millis((round * 7) % 45)).await;
        drop(run);
        // Nothing is forgotten there that is not recorded here.
        let recorded = desk.deliveries().await.len();
        assert!(desk.telegram.forgotten(TOKEN).len() <= recorded);
        // The claim of who died runs out.
        world.clock.advance(61);
    }
    let run = Run::start(&desk);
    soon("all is confirmed", async || desk.telegram.forgotten(TOKEN).len() == COUNT).await;
    run.end().await;
    let mut names: Vec<i64> = desk
        .deliveries()
        .await
        .iter()
        .map(|d| {
            text(&d["external_id"]).split(' ').next().expect("a name").parse().expect("a number")
        })
        .collect();
    names.sort_unstable();
    let all: Vec<i64> = (1..=COUNT as i64).collect();
    assert_eq!(names, all);
    assert_eq!(desk.bodies().await.len(), COUNT);
}

async fn who_has_lost_an_inbox_records_nothing_in_it(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    let lease = Duration::from_secs(60);
    let (mine, _) =
        channels::claim(&world.app, desk.inbox, lease).await.expect("asks").expect("free");
    assert!(channels::claim(&world.app, desk.inbox, lease).await.expect("asks").is_none());
    world.clock.advance(61);
    let (theirs, _) =
        channels::claim(&world.app, desk.inbox, lease).await.expect("asks").expect("free");
    let found = || {
        let bytes = message(1, 1, 1_795_000_001, "a").to_string().into_bytes();
        vec![Found { name: Some("1".to_owned()), bytes }]
    };
    let (app, now) = (&world.app, world.app.now());
    let late = channels::record(app, mine, found(), json!({ "offset": 2 }), 1, now).await;
    assert_eq!(late.expect("it is asked"), None);
    assert!(!channels::hold(app, mine, lease).await.expect("it is asked"));
    assert!(desk.deliveries().await.is_empty());
    assert_eq!(desk.place().await.expect("a place").cursor, Value::Null);
    let good = channels::record(app, theirs, found(), json!({ "offset": 2 }), 1, now).await;
    assert!(good.expect("recorded").expect("ours")[0].fresh);
    assert_eq!(desk.place().await.expect("a place").cursor["offset"], 2);
    world.drain().await;
}

async fn of_two_workers_one_asks_and_the_other_takes_over(world: Arc<World>) {
    let desk = Desk::new(&world).await;
    let another = world.another_app();
    let (from, first) = (std::time::Instant::now(), Run::start(&desk));
    soon("it is asked", async || desk.telegram.asked(TOKEN) > 0).await;
    let second = Run::of(&desk, &another);
    tokio::time::sleep(WAIT * 15).await;
    // Whoever asks waits for its answer; two would ask twice as often.
    let most = from.elapsed().as_millis() / WAIT.as_millis() + 1;
    let asked = desk.telegram.asked(TOKEN) as u128;
    assert!(asked > 3 && asked <= most, "{asked} questions, at most {most} by one");
    first.end().await;
    desk.happens(1, "by the second");
    desk.until_delivered(1).await;
    second.end().await;
    assert_eq!(desk.bodies().await, ["by the second"]);
}
