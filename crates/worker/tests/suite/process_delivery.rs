//! Processing deliveries: good ones, bad ones, and bad decoders.

use std::time::Duration;

use crate::common::TestApp;
use throughline_core::channel::Channel;
use throughline_core::delivery::Outcome;
use throughline_core::inbound::InboundEvent;
use throughline_ingest::email::Email;
use throughline_ingest::{Decode, Undecodable};
use throughline_worker::jobs::ProcessDelivery;
use throughline_worker::{Runner, Settings};

const GOOD: &str = "From: Ann <ann@c.example>\nMessage-ID: <1@c.example>\nSubject: One\n\nHello\n";
const REPLY: &str = "From: Ann <ann@c.example>\nMessage-ID: <2@c.example>\n\
    In-Reply-To: <1@c.example>\nSubject: Re: One\n\nAgain\n";

/// A decoder with the faults that hostile mails might find.
struct Faulty;

impl Decode for Faulty {
    fn decode(&self, bytes: &[u8]) -> Result<Vec<InboundEvent>, Undecodable> {
        match bytes {
            b"panic" => panic!("a bug in the decoder"),
            b"stuck" => std::thread::park_timeout(Duration::from_secs(6)),
            b"refuse" => return Err(Undecodable("it is nonsense".into())),
            _ => {}
        }
        Email.decode(bytes)
    }
}

fn runner(test: &TestApp, job: ProcessDelivery) -> Runner {
    Runner::new(test.app.clone(), Settings::default()).with(job)
}

#[tokio::test]
async fn recorded_mails_reach_the_timeline() {
    let test = TestApp::new();
    let ids = test.record(&[GOOD, REPLY]).await;
    let runner = runner(&test, ProcessDelivery::default());
    assert_eq!(runner.drain().await.unwrap(), 2);
    for id in ids {
        let delivery = test.delivery(id).await;
        assert_eq!(delivery.outcome, Outcome::Stored, "{:?}", delivery.reason);
    }
    assert_eq!(test.queue().await, (0, 0));
}

#[tokio::test]
async fn a_faulty_decoder_costs_only_the_delivery_at_fault() {
    let test = TestApp::new();
    let ids = test.record(&["panic", "refuse", "stuck", GOOD]).await;
    let job = ProcessDelivery {
        decode_limit: Duration::from_secs(4),
        decoder_of: |_: Channel, _| Ok(Box::new(Faulty)),
        ..ProcessDelivery::default()
    };
    assert_eq!(runner(&test, job).drain().await.unwrap(), 4);
    let mut reasons = Vec::new();
    for id in &ids {
        let delivery = test.delivery(*id).await;
        let wanted = if *id == ids[3] { Outcome::Stored } else { Outcome::Quarantined };
        assert_eq!(delivery.outcome, wanted);
        reasons.push(delivery.reason.unwrap_or_default());
    }
    assert!(reasons[0].contains("panic"), "{reasons:?}");
    assert!(reasons[1].contains("it is nonsense"), "{reasons:?}");
    assert!(reasons[2].contains("longer than"), "{reasons:?}");
}

#[tokio::test]
async fn a_channel_that_nothing_reads_is_quarantined_with_the_reason() {
    let test = TestApp::new();
    let ids = test.record(&[GOOD]).await;
    let job = ProcessDelivery {
        decoder_of: |_, _| Err("nothing reads it".to_owned()),
        ..ProcessDelivery::default()
    };
    runner(&test, job).drain().await.unwrap();
    let delivery = test.delivery(ids[0]).await;
    assert_eq!(delivery.outcome, Outcome::Quarantined);
    assert_eq!(delivery.reason.unwrap(), "nothing reads it");
}

#[tokio::test]
async fn a_lost_blob_fails_its_own_job_alone() {
    let test = TestApp::new();
    let ids = test.record(&["From: x@c.example\n\nlost\n", GOOD]).await;
    test.lose_blob_of(ids[0]).await;
    runner(&test, ProcessDelivery::default()).drain().await.unwrap();
    assert_eq!(test.delivery(ids[0]).await.outcome, Outcome::Recorded, "it will be tried again");
    assert_eq!(test.delivery(ids[1]).await.outcome, Outcome::Stored);
    assert_eq!(test.queue().await, (1, 0));
}

#[tokio::test]
async fn a_job_with_a_payload_that_cannot_be_read_is_dead() {
    let test = TestApp::new();
    test.enqueue(throughline_app::jobs::PROCESS_DELIVERY, &["{}"]).await;
    runner(&test, ProcessDelivery::default()).drain().await.unwrap();
    assert_eq!(test.queue().await, (0, 1));
}
