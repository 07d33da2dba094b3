//! A server that breaks off or cannot give one message: the others come, and that one is not
//! forgotten.

use std::sync::Arc;
use std::time::Duration;

use throughline_tests::{World, on_both};
use throughline_worker::mailboxes::{fetch_missing, reconcile};

use super::fake::{Fake, Fault};
use super::kit::{self, Run, access, deliveries, set_up, soon, tickets};

on_both!(
    a_connection_cut_in_the_middle_of_a_literal_loses_and_doubles_nothing,
    a_message_that_is_listed_and_never_comes_does_not_stop_its_folder,
    a_message_of_absurd_size_does_not_stop_its_folder,
    a_message_with_an_unreadable_answer_does_not_stop_its_folder,
    a_message_that_the_server_refuses_does_not_stop_its_folder,
    a_server_that_refuses_everything_for_a_while_has_nothing_passed_over,
);

const EVER: usize = usize::MAX;

fn every_second(incoming: &mut kit::IncomingMail) {
    incoming.poll_seconds = 1;
}

async fn a_connection_cut_in_the_middle_of_a_literal_loses_and_doubles_nothing(world: Arc<World>) {
    let fake = Fake::start(5, Fault::Cut, 3, 2).await;
    let inbox = set_up(&world, "a@throughline.example", fake.address, every_second).await;
    let _run = Run::start(&world);
    soon("all tickets", async || tickets(&world).await == 5).await;
    assert_eq!(fake.left(), 0, "it was cut");
    assert_eq!((deliveries(&world, inbox).await, kit::seen(&world, inbox).await), (5, 5));
}

/// Message 3 of 5 never comes: the others do, reconciling lists it, and it comes once it can.
async fn one_of_five_is_passed_over(world: Arc<World>, fault: Fault) {
    let fake = Fake::start(5, fault, 3, EVER).await;
    let inbox = set_up(&world, "a@throughline.example", fake.address, every_second).await;
    let run = Run::start(&world);
    soon("the others", async || tickets(&world).await == 4).await;
    soon("no failure is left", async || {
        kit::status(&world, inbox).await.is_some_and(|folder| folder.last_error.is_none())
    })
    .await;
    let check = reconcile(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    let check = check.found.expect("a connection");
    assert_eq!((check.in_mailbox, check.recorded, &check.missing), (5, 4, &vec![3]));
    let fetched = fetch_missing(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    let fetched = fetched.found.expect("a connection");
    assert_eq!(fetched.fetched, 0);
    assert_eq!(fetched.failed.iter().map(|(uid, _)| *uid).collect::<Vec<_>>(), [3]);
    fake.heal();
    let fetched = fetch_missing(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    let fetched = fetched.found.expect("a connection");
    assert_eq!((fetched.fetched, fetched.fresh, fetched.failed.len()), (1, 1, 0));
    soon("all tickets", async || tickets(&world).await == 5).await;
    run.end().await;
}

async fn a_message_that_is_listed_and_never_comes_does_not_stop_its_folder(world: Arc<World>) {
    one_of_five_is_passed_over(world, Fault::Missing).await;
}

async fn a_message_of_absurd_size_does_not_stop_its_folder(world: Arc<World>) {
    one_of_five_is_passed_over(world, Fault::TooLarge).await;
}

async fn a_message_with_an_unreadable_answer_does_not_stop_its_folder(world: Arc<World>) {
    one_of_five_is_passed_over(world, Fault::Garbage).await;
}

async fn a_message_that_the_server_refuses_does_not_stop_its_folder(world: Arc<World>) {
    one_of_five_is_passed_over(world, Fault::Refused).await;
}

async fn a_server_that_refuses_everything_for_a_while_has_nothing_passed_over(world: Arc<World>) {
    // The only message, so that there is none after it which would show that the server is well.
    let fake = Fake::start(1, Fault::Refused, 1, 5).await;
    let inbox = set_up(&world, "a@throughline.example", fake.address, every_second).await;
    let _run = Run::start(&world);
    kit::within(Duration::from_secs(90), "the ticket", async || tickets(&world).await == 1).await;
    assert_eq!(fake.left(), 0);
    let check = reconcile(&access(), &world.app, inbox).await.expect("a set-up").remove(0);
    assert_eq!(check.found.expect("a connection").missing, [0_u32; 0]);
}
