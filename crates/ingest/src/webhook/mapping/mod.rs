//! Mappings: where in a delivery of somebody's program the parts of an event stand.
//!
//! A mapping is JSON that an admin writes. [`Mapping::read`] checks all of it and says which place is
//! wrong; decoding and [`try_on`], which shows an admin what each field finds, use it in the same way.

mod apply;
mod content;
mod find;
mod hints;
mod read;
mod time;
mod trial;

use throughline_core::identity::{IdentityKind, Region};
use throughline_core::inbound::{Audience, Role};
use throughline_core::timeline::Direction;

use find::{Find, Path};
pub use read::WrongMapping;
pub use trial::{Finding, Outcome, Trial, TrialFailed, try_on};

/// A mapping that was checked.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// A list, each member of which is an event; otherwise the delivery is one.
    each: Option<Path>,
    /// The id of the thing that was written.
    id: Option<Find>,
    conversation: Option<Find>,
    answers: Option<Find>,
    url: Option<Find>,
    subject: Option<Find>,
    text: Option<Find>,
    html: Option<Find>,
    occurred_at: Option<Find>,
    /// What tells one change of a thing from another.
    revision: Option<Find>,
    /// What the sender calls what happened.
    called: Option<Find>,
    name: Option<Find>,
    language: Option<Find>,
    hints: Vec<HintAt>,
    role: Option<Choice<Role>>,
    direction: Option<Choice<Direction>>,
    kind: Option<Choice<Kind>>,
    files: Option<FilesAt>,
    audience: Audience,
    keep_rest: bool,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Edit,
    Deletion,
    Nothing,
    Unknown,
}

/// A place whose value chooses one of some.
#[derive(Debug, Clone)]
struct Choice<T> {
    at: Find,
    /// What is chosen by which values.
    values: Vec<(T, Vec<String>)>,
    /// What is chosen by all other values.
    otherwise: T,
}

/// Where something stands that hints at a customer.
#[derive(Debug, Clone)]
struct HintAt {
    kind: IdentityKind,
    scope: String,
    at: Find,
    verified: Verified,
    region: Option<Region>,
}

/// Whether the sender vouches for a hint.
#[derive(Debug, Clone)]
enum Verified {
    /// Always, or never.
    Always(bool),
    /// Where this is true.
    If(Find),
}

/// Where files stand.
#[derive(Debug, Clone)]
struct FilesAt {
    list: Path,
    /// The address within a member of the list; the member itself where it is not said.
    url: Find,
    name: Option<Find>,
    media_type: Option<Find>,
    size: Option<Find>,
}

/// What is tried where an inbox has no mapping: the names that most programs use.
const USUAL: &str = r#"{
    "id": ["/id", "/message_id", "/uuid"],
    "conversation": ["/conversation_id", "/thread_id", "/ticket_id", "/conversation/id"],
    "text": ["/text", "/body", "/message", "/content", "/message/text", "/data/text"],
    "html": ["/html", "/body_html"],
    "subject": ["/subject", "/title"],
    "occurred_at": ["/occurred_at", "/created_at", "/timestamp", "/time", "/date"],
    "type": ["/type", "/event"],
    "name": ["/name", "/sender/name", "/from/name", "/user/name", "/customer/name"],
    "language": ["/language", "/locale"],
    "hints": [{
        "kind": "email",
        "path": ["/email", "/sender/email", "/from/email", "/user/email", "/customer/email"]
    }],
    "keep_rest": true
}"#;

impl Mapping {
    /// The one that is used where an admin wrote none.
    pub fn usual() -> Result<Self, WrongMapping> {
        Self::read(&USUAL.into())
    }
}
