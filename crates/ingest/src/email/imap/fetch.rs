//! Fetching messages: sizes first, then bodies in bounded batches, and what came is compared with what
//! was asked. Nothing is marked as seen (`BODY.PEEK`).

use std::collections::BTreeMap;

use async_imap::imap_proto::{AttributeValue, MessageSection, Response, SectionPath};

use super::connection::Connection;
use super::date;
use super::error::ImapError;
use super::server::Limits;
use super::sets::set_of;

/// So many UIDs stand in one command at most: a set of lone UIDs then stays under 8,000 characters,
/// which every server takes (RFC 7162, section 4).
pub(super) const UIDS_PER_COMMAND: usize = 500;

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its UID.
    pub uid: u32,
    /// The UIDVALIDITY under which `uid` means this message.
    pub uid_validity: u32,
    /// When the server received it, in microseconds since 1970, if it says so.
    pub internal_date_micros: Option<i64>,
    /// The raw message, or only its header when `full_size` is set.
    pub bytes: Vec<u8>,
    /// The size in bytes of a message that is larger than the limit: only its header was fetched.
    pub full_size: Option<u32>,
}

/// What came back of what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Got {
    /// The messages, by UID ascending.
    pub messages: Vec<Fetched>,
    /// The UIDs that were asked for and did not come, ascending.
    pub missing: Vec<u32>,
}

/// One FETCH for whole messages and one for headers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Batch {
    whole: Vec<u32>,
    headers: Vec<u32>,
    /// The sizes of those of which only the header is fetched.
    sizes: BTreeMap<u32, u32>,
}

impl Batch {
    /// All UIDs in it, ascending.
    fn into_uids(self) -> Vec<u32> {
        let mut uids = [self.whole, self.headers].concat();
        uids.sort_unstable();
        uids
    }

    /// The only UID in it, if it is one.
    pub(super) fn alone(&self) -> Option<u32> {
        let mut uids = self.whole.iter().chain(&self.headers);
        uids.next().copied().filter(|_| uids.next().is_none())
    }
}

impl Connection {
    /// The sizes in bytes of messages of the open folder. Those that are gone do not appear.
    pub async fn sizes(&mut self, uids: &[u32]) -> Result<BTreeMap<u32, u32>, ImapError> {
        let mut sizes = BTreeMap::new();
        for some in uids.chunks(UIDS_PER_COMMAND) {
            self.add_sizes(&set_of(some), &mut sizes).await?;
        }
        sizes.retain(|uid, _| uids.contains(uid));
        Ok(sizes)
    }

    async fn add_sizes(
        &mut self,
        set: &str,
        sizes: &mut BTreeMap<u32, u32>,
    ) -> Result<(), ImapError> {
        let command = format!("UID FETCH {set} (UID RFC822.SIZE)");
        self.run(&command, "ask for the sizes of messages", |response| {
            if let Response::Fetch(_, attributes) = response
                && let (Some(uid), Some(size)) = (uid_of(attributes), size_of(attributes))
            {
                sizes.insert(uid, size);
            }
        })
        .await
    }

    /// The UID of the last message of the open folder, if there is one.
    pub(super) async fn newest(&mut self) -> Result<Option<u32>, ImapError> {
        let mut sizes = BTreeMap::new();
        self.add_sizes("*", &mut sizes).await?;
        Ok(sizes.into_keys().next_back())
    }

    /// Fetches messages of the open folder; the UIDs must be ascending. All of them are held in memory,
    /// so ask for few.
    pub async fn fetch(&mut self, uids: &[u32]) -> Result<Got, ImapError> {
        let sizes = self.sizes(uids).await?;
        let mut all = Got::default();
        for batch in plan(uids, &sizes, &self.limits) {
            let got = self.fetch_batch(&batch).await?;
            all.messages.extend(got.messages);
            all.missing.extend(got.missing);
        }
        Ok(all)
    }

    /// Cuts ascending UIDs of messages of the open folder into portions within the limits, for
    /// [`Connection::fetch`].
    pub async fn portions(&mut self, uids: &[u32]) -> Result<Vec<Vec<u32>>, ImapError> {
        let sizes = self.sizes(uids).await?;
        Ok(plan(uids, &sizes, &self.limits).into_iter().map(Batch::into_uids).collect())
    }

    pub(super) async fn fetch_batch(&mut self, batch: &Batch) -> Result<Got, ImapError> {
        let mut came = BTreeMap::new();
        self.fetch_section(&batch.whole, None, &mut came).await?;
        self.fetch_section(&batch.headers, Some(&batch.sizes), &mut came).await?;
        let asked = batch.whole.iter().chain(&batch.headers);
        let mut missing: Vec<u32> = asked.copied().filter(|uid| !came.contains_key(uid)).collect();
        missing.sort_unstable();
        Ok(Got { messages: came.into_values().collect(), missing })
    }

    async fn fetch_section(
        &mut self,
        uids: &[u32],
        headers_of: Option<&BTreeMap<u32, u32>>,
        came: &mut BTreeMap<u32, Fetched>,
    ) -> Result<(), ImapError> {
        if uids.is_empty() {
            return Ok(());
        }
        let uid_validity = self.folder.as_ref().map_or(0, |folder| folder.uid_validity);
        let section = if headers_of.is_some() { "BODY.PEEK[HEADER]" } else { "BODY.PEEK[]" };
        let command = format!("UID FETCH {} (UID INTERNALDATE {section})", set_of(uids));
        self.run(&command, "fetch messages", |response| {
            // Changes of flags come as FETCH without a body at any time.
            if let Response::Fetch(_, attributes) = response
                && let Some(uid) = uid_of(attributes).filter(|uid| uids.contains(uid))
                && let Some(bytes) = body_of(attributes, headers_of.is_some())
            {
                let internal_date_micros = date_of(attributes);
                let full_size = headers_of.and_then(|sizes| sizes.get(&uid).copied());
                let message = Fetched { uid, uid_validity, internal_date_micros, bytes, full_size };
                came.entry(uid).or_insert(message);
            }
        })
        .await
    }
}

fn uid_of(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}

fn size_of(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Rfc822Size(size) => Some(*size),
        _ => None,
    })
}

fn date_of(attributes: &[AttributeValue<'_>]) -> Option<i64> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::InternalDate(text) => date::micros(text),
        _ => None,
    })
}

/// The section that was asked for. `NIL` is no message: the caller hears that it did not come.
fn body_of(attributes: &[AttributeValue<'_>], header: bool) -> Option<Vec<u8>> {
    let wanted = header.then_some(SectionPath::Full(MessageSection::Header));
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { section, index: None, data } if *section == wanted => {
            data.as_ref().map(|data| data.to_vec())
        }
        _ => None,
    })
}

/// Cuts ascending UIDs into batches within the limits. A UID without a known size is asked for all the
/// same: whether it is gone is seen by what comes.
pub(super) fn plan(uids: &[u32], sizes: &BTreeMap<u32, u32>, limits: &Limits) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let (mut bytes, mut count) = (0u64, 0usize);
    for &uid in uids {
        let size = sizes.get(&uid).copied().unwrap_or(0);
        let truncated = size > limits.message;
        let cost = if truncated { 0 } else { u64::from(size) };
        let full = bytes.saturating_add(cost) > limits.batch_bytes
            || count >= limits.batch_messages.clamp(1, UIDS_PER_COMMAND);
        if batches.is_empty() || full && count > 0 {
            batches.push(Batch::default());
            (bytes, count) = (0, 0);
        }
        bytes += cost;
        count += 1;
        if let Some(batch) = batches.last_mut() {
            if truncated {
                batch.headers.push(uid);
                batch.sizes.insert(uid, size);
            } else {
                batch.whole.push(uid);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { message: 100, batch_messages: 3, batch_bytes: 150, ..Limits::default() }
    }

    fn batch(whole: &[u32], headers: &[(u32, u32)]) -> Batch {
        let sizes: BTreeMap<u32, u32> = headers.iter().copied().collect();
        Batch { whole: whole.to_vec(), headers: sizes.keys().copied().collect(), sizes }
    }

    #[test]
    fn batches_are_bounded_by_count_and_bytes() {
        let sizes = BTreeMap::from([(1, 10), (2, 10), (3, 10), (4, 90), (5, 90), (6, 10)]);
        let batches = plan(&[1, 2, 3, 4, 5, 6], &sizes, &limits());
        assert_eq!(batches, [batch(&[1, 2, 3], &[]), batch(&[4], &[]), batch(&[5, 6], &[])]);
    }

    #[test]
    fn large_messages_give_their_header_and_unknown_ones_are_asked_for() {
        let sizes = BTreeMap::from([(1, 10), (2, 101)]);
        assert_eq!(plan(&[1, 2, 3], &sizes, &limits()), [batch(&[1, 3], &[(2, 101)])]);
        assert!(plan(&[], &sizes, &limits()).is_empty());
    }
}
