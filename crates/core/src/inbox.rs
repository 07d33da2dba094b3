//! An inbox: one configured address of a channel.

use crate::channel::Channel;
use crate::id::{InboxId, TeamId};
use crate::time::Instant;

/// One configured address of a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbox {
    /// Its id.
    pub id: InboxId,
    /// The channel it belongs to.
    pub channel: Channel,
    /// Its address in that channel, normalised; unique within the channel.
    pub address: String,
    /// What agents call it.
    pub name: String,
    /// Inactive inboxes take nothing new; their history stays.
    pub active: bool,
    /// When set, only members of `teams` (and leads and admins) see what came by it.
    pub restricted: bool,
    /// Whether others may know that something came by it when it is restricted, though not what.
    pub show_placeholders: bool,
    /// The teams that may see a restricted inbox.
    pub teams: Vec<TeamId>,
    /// New tickets are given to this team.
    pub default_team: Option<TeamId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Rises with every change; the base of its ETag.
    pub version: i64,
}
