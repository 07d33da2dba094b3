//! Goes into conversations to which our user of a platform is asked; without that it hears nothing there.

use async_trait::async_trait;
use serde::Deserialize;
use throughline_app::{App, channels};
use throughline_core::id::InboxId;
use throughline_outbound::chat::{self, Outcome};

use super::send_reply::{ChatAccess, chat_account};
use crate::job::{Context, Job, Payload, Verdict};

/// How many are gone into side by side.
const SIDE_BY_SIDE: usize = 8;

/// The job `enter_conversation`.
pub struct EnterConversation(
    /// How platforms are reached.
    pub ChatAccess,
);

#[derive(Deserialize)]
struct Arguments {
    inbox: InboxId,
    conversation: String,
}

#[async_trait]
impl Job for EnterConversation {
    fn kinds(&self) -> &'static [&'static str] {
        &[throughline_app::jobs::ENTER_CONVERSATION]
    }

    async fn run(&self, context: &Context, jobs: &[Payload]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(jobs.len());
        for job in jobs {
            verdicts.push(match job.read::<Arguments>() {
                Ok(arguments) => self.enter(&context.app, arguments).await,
                Err(verdict) => verdict,
            });
        }
        verdicts
    }

    fn side_by_side(&self) -> Option<usize> {
        Some(SIDE_BY_SIDE)
    }
}

impl EnterConversation {
    async fn enter(&self, app: &App, Arguments { inbox, conversation }: Arguments) -> Verdict {
        let connected = match channels::connected(app, inbox).await {
            Ok(Some(connected)) => connected,
            // Disconnected meanwhile: nobody waits for us.
            Ok(None) => return Verdict::Done,
            Err(error) => return Verdict::Failed(error.to_string()),
        };
        let Some(platform) = chat::platform(&connected.kind) else { return Verdict::Done };
        let (account, now) =
            (chat_account(&connected), app.now().as_micros().div_euclid(1_000_000));
        match self.0.chats.enter(platform, &account, &conversation, now).await {
            Outcome::Sent { .. } => Verdict::Done,
            Outcome::Later { after, why } => {
                match after.and_then(|wait| i64::try_from(wait).ok()) {
                    Some(wait) => Verdict::Later(app.now().plus_seconds(wait.clamp(1, 3_600)), why),
                    None => Verdict::Failed(why),
                }
            }
            Outcome::Unknown { why } => Verdict::Failed(why),
            Outcome::Refused(refusal) => {
                Verdict::Hopeless(format!("{}. {}", refusal.why, refusal.hint))
            }
        }
    }
}
