//! Platforms asked for admins: is the set-up good, and does a message arrive.

use async_trait::async_trait;
use throughline_app::App;
use throughline_app::channels::{ChannelProbe, Connected, ProbeStep, TestSent};
use throughline_ingest::registry;
use throughline_outbound::chat::probe::{Step, Tried, conversation};
use throughline_outbound::chat::{self, Outcome, Outgoing, Progress, Refusal};

use crate::jobs::{ChatAccess, chat_account};
use crate::polling::account_of;

/// Asks the platforms themselves, as the sender of replies does.
pub struct PlatformProbe {
    access: ChatAccess,
}

impl PlatformProbe {
    /// Reaches platforms in this way.
    pub fn new(access: ChatAccess) -> Self {
        Self { access }
    }
}

#[async_trait]
impl ChannelProbe for PlatformProbe {
    async fn check(&self, _: &App, connected: &Connected) -> Vec<ProbeStep> {
        let (account, kind) = (chat_account(connected), connected.kind.as_str());
        let hook = format!("/hooks/{}", connected.inbox.id);
        let tried = Tried { kind, account: &account, hook: &hook, is_asked: is_asked(connected) };
        let step = |Step { step, ok, words }| ProbeStep { step, ok, words };
        self.access.chats.check(&tried).await.into_iter().map(step).collect()
    }

    async fn send(&self, app: &App, connected: &Connected, to: &str, text: &str) -> TestSent {
        let kind = connected.kind.as_str();
        let Some(platform) = chat::platform(kind) else {
            let words = format!("no messages go out by {kind}");
            return TestSent::Refused { code: "not_connected".to_owned(), words };
        };
        let account = chat_account(connected);
        let conversation = match conversation(kind, &account, to) {
            Ok(conversation) => conversation,
            Err(refusal) => return refused(refusal),
        };
        let now = app.now();
        let key = format!("test-{:016x}", rand::random::<u64>());
        let outgoing = Outgoing { conversation, text: text.to_owned(), key, ..Outgoing::default() };
        let seconds = now.as_micros().div_euclid(1_000_000);
        let progress = Progress::default();
        let sending = self.access.chats.send(platform, &account, &outgoing, progress, seconds);
        match sending.await.outcome {
            Outcome::Sent { .. } => TestSent::Taken,
            Outcome::Refused(refusal) => refused(refusal),
            Outcome::Later { why, .. } => TestSent::Later { words: why },
            Outcome::Unknown { why } => TestSent::Unknown { words: why },
        }
    }
}

/// Whether an inbox is set up so that its platform is asked.
fn is_asked(connected: &Connected) -> bool {
    let poll = registry::named(&connected.kind).and_then(|kind| kind.poll);
    poll.is_some_and(|poll| poll.is_wanted(&account_of(connected)))
}

fn refused(Refusal { code, why, hint, .. }: Refusal) -> TestSent {
    let words = format!("{}. {hint}", why.trim_end_matches('.'));
    TestSent::Refused { code: code.to_owned(), words }
}
