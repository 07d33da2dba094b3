//! A thousand webhooks, one of them dead.

use std::sync::Arc;
use std::time::{Duration, Instant};

use throughline_app::webhooks::{NewWebhook, create};
use throughline_core::actor::Actor;
use throughline_tests::webhooks::{Answer, Receiver, patient};
use throughline_tests::{World, on_both};
use throughline_worker::webhooks::Settings;
use tokio_util::sync::CancellationToken;

use super::kit::Hook;

on_both!(one_dead_among_a_thousand_delays_nobody);

/// How many there are.
const MANY: usize = 1_000;
/// How long it may take until all have the event, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

async fn one_dead_among_a_thousand_delays_nobody(world: Arc<World>) {
    let hook = Hook::new(&world, serde_json::json!({ "kinds": ["ticket.created"] })).await;
    hook.drain().await;
    // The one of the kit is the dead one: it takes as long as the program waits. The others may take that
    // long as well; who fails is only asked again when the clock goes on, which it does not here.
    hook.receiver.always(Answer::Hang);
    let receiver = Receiver::start().await;
    for number in 1..MANY {
        let (url, description) = (format!("{}/{number}", receiver.url), None);
        let new = NewWebhook { url, description, kinds: vec!["ticket.created".to_owned()] };
        create(&world.app, &Actor::system(), new).await.expect("a webhook");
    }
    let (stop, began) = (CancellationToken::new(), Instant::now());
    let worker = tokio::spawn({
        let (serving, stop) = (patient(&world.app, Settings::default()), stop.clone());
        async move { serving.run(&stop).await }
    });
    hook.open_ticket("for all").await;
    let wanted = MANY - 1;
    while receiver.count() < wanted && began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    stop.cancel();
    worker.await.expect("it ends");
    let got = receiver.got();
    println!("{} messages to {} webhooks, one of them dead, in {took:?}", got.len(), MANY);
    assert_eq!(got.len(), wanted, "all in {PATIENCE:?}");
    let paths: std::collections::HashSet<String> = got.into_iter().map(|got| got.path).collect();
    assert_eq!(paths.len(), wanted, "each has it once");
}
