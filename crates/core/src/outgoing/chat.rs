//! Replies to chats: what each platform takes, and what a try makes of a reply. Pure. How a platform is
//! spoken to is not known here, nor what the sender keeps for another try.

use serde::{Deserialize, Serialize};

use super::{Files, Outgoing};
use crate::length::{Length, LengthUnit};
use crate::time::Instant;
use crate::timeline::SendState;

/// The most messages that one reply becomes.
pub const MOST_MESSAGES: usize = 20;
/// Where the place of a platform that is asked says what it takes of a message.
pub const TOLD_MOST: &str = "/limits/max_characters";
/// What an admin says it takes, in the set-up of an inbox.
pub const GIVEN_MOST: &str = "max_characters";
/// How much of a post is kept free for the name of whom it is for.
pub const FOR_A_NAME: usize = 40;
/// For how long a reply to a chat can be taken back, in seconds.
pub const CHAT_UNDO_SECONDS: i64 = 5;
/// What is said of a reply of which nobody knows whether it was sent.
pub const MAY_HAVE_ARRIVED: &str = "it may have arrived; look there before you send it again";

/// What one platform takes of replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatWay {
    /// The platform, by its name in the registry of channels.
    pub kind: &'static str,
    /// The most that one message may hold; nothing where a reply goes as it is.
    pub length: Option<Length>,
    /// How it gets at files.
    pub files: Files,
    /// The settings and secrets without which nothing can be sent.
    pub needs: &'static [&'static str],
    /// How many replies of one inbox may go at once after a pause.
    pub burst: u32,
    /// How many of them may go within an hour in the long run.
    pub per_hour: u32,
}

/// All platforms by which replies go. Bursts and rates stay below what the platforms allow for one inbox:
/// Telegram 30 messages a second, WhatsApp 80, Slack about one a second and channel; Twilio keeps a queue.
const WAYS: &[ChatWay] = &[
    ChatWay {
        kind: "telegram",
        length: Some(Length { most: 4096, unit: LengthUnit::Utf16 }),
        files: Files::Sent,
        needs: &["bot_token"],
        burst: 20,
        per_hour: 20 * 3_600,
    },
    ChatWay {
        kind: "slack",
        length: Some(Length { most: 4000, unit: LengthUnit::CodePoints }),
        files: Files::Sent,
        needs: &["bot_token"],
        burst: 20,
        per_hour: 3 * 3_600,
    },
    ChatWay {
        kind: "whatsapp",
        length: Some(Length { most: 4096, unit: LengthUnit::CodePoints }),
        files: Files::Sent,
        needs: &["phone_number_id", "access_token"],
        burst: 40,
        per_hour: 40 * 3_600,
    },
    ChatWay {
        kind: "twilio",
        length: Some(Length { most: 1600, unit: LengthUnit::Utf16 }),
        files: Files::Fetched,
        needs: &["account_sid", "auth_token", "number"],
        burst: 20,
        per_hour: 10 * 3_600,
    },
    // Most servers take 500, of which a part is kept free for the name of whom a post is for.
    ChatWay {
        kind: "mastodon",
        length: Some(Length { most: 500 - FOR_A_NAME, unit: LengthUnit::Mastodon }),
        files: Files::Sent,
        needs: &["server", "access_token"],
        burst: 10,
        per_hour: 300,
    },
    ChatWay {
        kind: "bluesky",
        length: Some(Length { most: 300, unit: LengthUnit::Graphemes }),
        files: Files::Sent,
        needs: &["handle", "app_password"],
        burst: 5,
        per_hour: 100,
    },
    ChatWay {
        kind: "matrix",
        length: Some(Length { most: 10_000, unit: LengthUnit::Bytes }),
        files: Files::Sent,
        needs: &["server", "as_token"],
        burst: 10,
        per_hour: 3 * 3_600,
    },
    // Apple's number is one that its pages do not name; what is longer is refused by it in any case.
    ChatWay {
        kind: "app_store",
        length: Some(Length { most: 5970, unit: LengthUnit::CodePoints }),
        files: Files::None,
        needs: &["issuer_id", "key_id", "private_key"],
        burst: 10,
        per_hour: 600,
    },
    // Google takes 2,000 answers a day.
    ChatWay {
        kind: "google_play",
        length: Some(Length { most: 350, unit: LengthUnit::CodePoints }),
        files: Files::None,
        needs: &["package_name", "service_account"],
        burst: 10,
        per_hour: 80,
    },
    ChatWay {
        kind: "webhook",
        length: None,
        files: Files::Sent,
        needs: &["reply_url"],
        burst: 20,
        per_hour: 10 * 3_600,
    },
];

/// What the platform of this name takes; nothing where no replies go by it.
pub fn chat_way(kind: &str) -> Option<&'static ChatWay> {
    WAYS.iter().find(|way| way.kind == kind)
}

impl ChatWay {
    /// The same where one platform of a kind takes other than most do.
    pub fn taking(self, most: Option<usize>) -> Self {
        let differs = self.kind == "mastodon";
        let most = most.filter(|most| differs && *most > FOR_A_NAME).map(|most| most - FOR_A_NAME);
        let length =
            self.length.map(|length| Length { most: most.unwrap_or(length.most), ..length });
        Self { length, ..self }
    }

    /// The most messages that one reply becomes: a review has one answer.
    pub fn most_messages(&self) -> usize {
        if self.answers_reviews() { 1 } else { MOST_MESSAGES }
    }

    /// Whether a reply is the answer to a review, which takes the place of the one before.
    pub fn answers_reviews(&self) -> bool {
        matches!(self.kind, "app_store" | "google_play")
    }

    /// Whether a customer in this conversation may be written to only within a day of his own words.
    pub fn has_window(&self, conversation: &str) -> bool {
        self.kind == "whatsapp" || (self.kind == "twilio" && conversation.starts_with("whatsapp:"))
    }
}

/// What became of one try to send a reply to a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatTry {
    /// The platform's ids of the messages that it took, in this try and before.
    pub objects: Vec<String>,
    /// What the sender keeps for another try; nothing while nothing was taken.
    pub progress: Option<String>,
    /// How the try ended.
    pub end: ChatEnd,
}

/// How a try to send a reply to a chat ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatEnd {
    /// The platform took all of it.
    Sent,
    /// It is worth another try.
    Later {
        /// How many seconds the platform asks us to wait.
        after: Option<u64>,
        /// Why.
        words: String,
    },
    /// No other try helps until somebody does something.
    Refused {
        /// What it is, for programs.
        code: String,
        /// Why, in the platform's words where it has any.
        words: String,
        /// What to do.
        hint: String,
    },
    /// It may have been sent. It is never tried again by itself: that might send it twice.
    Unknown {
        /// Why.
        words: String,
    },
}

impl Outgoing {
    /// What a try to send it to a chat makes of it.
    pub(super) fn chatted(&mut self, tried: ChatTry, next_try: Option<Instant>) {
        let ChatTry { objects: _, progress, end } = tried;
        self.progress = progress;
        match end {
            ChatEnd::Sent => {
                self.progress = None;
                (self.state, self.words) = (SendState::Sent, None);
            }
            ChatEnd::Later { after: _, words } => self.put_off(&words, next_try),
            ChatEnd::Refused { code, words, hint } => self.fail(format!("{code}: {words}. {hint}")),
            ChatEnd::Unknown { words } => self.fail(format!("{MAY_HAVE_ARRIVED} ({words})")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Attempt;
    use super::super::tests::mail;
    use super::*;

    fn tried(progress: Option<&str>, end: ChatEnd) -> Attempt {
        let progress = progress.map(str::to_owned);
        Attempt::Chat(Box::new(ChatTry { objects: Vec::new(), progress, end }))
    }

    fn later(after: Option<u64>) -> ChatEnd {
        ChatEnd::Later { after, words: "busy".into() }
    }

    #[test]
    fn what_was_done_is_kept_until_it_is_sent() {
        let at = Some(Instant::from_micros(600));
        let waits = mail().after(tried(Some("1"), later(Some(3))), at);
        assert_eq!((waits.state, waits.due_at), (SendState::Deferred, Instant::from_micros(600)));
        assert_eq!(waits.progress.as_deref(), Some("1"));
        let refused = ChatEnd::Refused {
            code: "blocked".into(),
            words: "the user blocked the bot".into(),
            hint: "Write a mail.".into(),
        };
        let failed = waits.after(tried(Some("2"), refused), at);
        assert_eq!(failed.state, SendState::Failed);
        assert_eq!(
            failed.words.as_deref(),
            Some("blocked: the user blocked the bot. Write a mail.")
        );
        let again = failed.again(Instant::from_micros(7));
        assert_eq!(again.progress.as_deref(), Some("2"), "it goes on where it ended");
        let sent = again.after(tried(Some("3"), ChatEnd::Sent), at);
        assert_eq!((sent.state, sent.progress.clone()), (SendState::Sent, None));
        let back = Outgoing { progress: Some("3".into()), ..sent }.bounced(&[], "30006");
        assert_eq!(back.again(Instant::from_micros(8)).progress, None, "all of it came back");
    }

    #[test]
    fn what_may_have_arrived_is_not_tried_again() {
        let lost = ChatEnd::Unknown { words: "no answer".into() };
        let failed = mail().after(tried(None, lost), Some(Instant::from_micros(600)));
        assert!(!failed.waits());
        assert!(failed.words.is_some_and(|words| words.starts_with(MAY_HAVE_ARRIVED)));
    }

    #[test]
    fn a_part_that_went_is_said_when_the_rest_is_taken_back() {
        let begun = mail().after(tried(Some("1"), later(None)), Some(Instant::from_micros(1)));
        let words = begun.cancelled("taken back").words;
        assert_eq!(words.as_deref(), Some("taken back; a part of it had gone"));
    }

    #[test]
    fn texts_are_counted_as_the_platform_counts() {
        let way = |kind| chat_way(kind).unwrap();
        assert_eq!(way("telegram").messages(&"x".repeat(4096), 0), 1);
        assert_eq!(way("telegram").messages(&"x".repeat(4097), 3), 5);
        assert_eq!(way("twilio").messages(&"😀".repeat(801), 0), 2);
        assert_eq!(way("webhook").messages(&"x".repeat(100_000), 7), 1);
        assert!(chat_way("pigeon").is_none());
        let posts = |most| way("mastodon").taking(most).messages(&"x".repeat(900), 0);
        assert_eq!([None, Some(940), Some(939), Some(40)].map(posts), [2, 1, 2, 2]);
        let told = way("telegram").taking(Some(100));
        assert_eq!(told, *way("telegram"), "all of them take the same");
        assert!(way("whatsapp").has_window("1:2"));
        assert!(way("twilio").has_window("whatsapp:+1:whatsapp:+2"));
        assert!(!way("twilio").has_window("+1:+2") && !way("telegram").has_window("1:2"));
    }
}
