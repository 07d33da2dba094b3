//! Platforms asked for admins: is the set-up good, and does a message arrive.

use std::sync::Arc;

use async_trait::async_trait;
use throughline_app::App;
use throughline_app::channels::{ChannelProbe, Connected, ProbeStep, TestSent, Untold};
use throughline_core::outgoing::{ChatWay, Template, chat_way};
use throughline_core::time::Instant;
use throughline_ingest::hooks::Account;
use throughline_ingest::poll::{Place, Poll, Trouble};
use throughline_ingest::registry::{self, ChannelType, FieldKind};
use throughline_outbound::ask::Asker;
use throughline_outbound::chat::probe::{Step, Tried, conversation};
use throughline_outbound::chat::{self, Outcome, Outgoing, Progress, Refusal};

use crate::jobs::{ChatAccess, chat_account};
use crate::polling::{account_of, ask, read, without_secrets};

/// The most questions of which trying out consists where a platform is asked as the poller asks it.
const MOST_QUESTIONS: usize = 12;

/// Asks the platforms themselves, as the sender of replies and the poller do.
pub struct PlatformProbe {
    access: ChatAccess,
    asker: Asker,
}

impl PlatformProbe {
    /// Reaches platforms in this way.
    pub fn new(access: ChatAccess, asker: Asker) -> Self {
        Self { access, asker }
    }

    /// Tries out a platform by the questions of the poller: a first round, of which nothing is kept.
    async fn asked(
        &self,
        kind: &ChannelType,
        poll: &'static dyn Poll,
        account: Account,
        now: Instant,
    ) -> Vec<ProbeStep> {
        let settings = match unusable(kind, &account) {
            None => step("settings", true, "all that is needed is there".to_owned()),
            Some(why) => return vec![step("settings", false, why)],
        };
        let account = Arc::new(account);
        let asked = match self.round(poll, &account, now).await {
            Ok(place) => step("question", true, poll.tells(&account, &place)),
            Err(Trouble::Later { why, .. } | Trouble::Broken { why }) => {
                step("question", false, without_secrets(&account, why))
            }
        };
        vec![settings, asked]
    }

    async fn round(
        &self,
        poll: &'static dyn Poll,
        account: &Arc<Account>,
        now: Instant,
    ) -> Result<Place, Trouble> {
        let mut place = Place::default();
        for _ in 0..MOST_QUESTIONS {
            let heard = ask(&self.asker, poll.ask(account, &place, now)?).await?;
            let news = read(poll, Arc::clone(account), place, heard, now).await?;
            place = news.place;
            if !news.more {
                break;
            }
        }
        Ok(place)
    }
}

/// Why a set-up cannot be used, if it cannot.
fn unusable(kind: &ChannelType, account: &Account) -> Option<String> {
    let is_set = |name: &str, kind: FieldKind| match kind.is_secret() {
        true => account.secrets(name).iter().any(|one| !one.trim().is_empty()),
        false => account.settings.contains_key(name),
    };
    let missing =
        kind.fields.iter().find(|field| field.required && !is_set(field.name, field.kind));
    let missing = missing
        .map(|field| format!("`{}` is missing: an admin enters it in the set-up", field.name));
    missing.or_else(|| (kind.decoder)(account).err().map(|why| why.to_string()))
}

fn step(step: &'static str, ok: bool, words: String) -> ProbeStep {
    ProbeStep { step, ok, words }
}

#[async_trait]
impl ChannelProbe for PlatformProbe {
    async fn check(&self, app: &App, connected: &Connected) -> Vec<ProbeStep> {
        let (account, kind) = (chat_account(connected), connected.kind.as_str());
        if let Some((known, poll)) = only_asked(kind) {
            return self.asked(known, poll, account_of(connected), app.now()).await;
        }
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
        if chat_way(kind).is_some_and(ChatWay::answers_reviews) {
            let words = "a review has one answer, and all can read it, so none is sent to try it out. Check \
                         the set-up with POST /api/v1/inboxes/{id}/channel/test";
            return TestSent::Refused { code: "public_answer".to_owned(), words: words.to_owned() };
        }
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

    async fn templates(&self, app: &App, connected: &Connected) -> Result<Vec<Template>, Untold> {
        let (account, now) = (chat_account(connected), app.now().as_micros().div_euclid(1_000_000));
        let told = self.access.chats.templates(&connected.kind, &account, now).await;
        told.map_err(|untold| match untold {
            chat::Untold::Refused(Refusal { code, why, hint, .. }) => {
                let words = format!("{}. {hint}", why.trim_end_matches('.'));
                Untold::Refused { code: code.to_owned(), words }
            }
            chat::Untold::Later(words) => Untold::Later { words },
        })
    }
}

/// A kind of channel that is asked and has no other way in.
fn only_asked(kind: &str) -> Option<(&'static ChannelType, &'static dyn Poll)> {
    let kind = registry::named(kind).filter(|kind| kind.hook.is_none())?;
    Some((kind, kind.poll?))
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
