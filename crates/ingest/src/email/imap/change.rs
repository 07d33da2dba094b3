//! What may be done to messages once they are recorded: mark as seen, move, delete. The folder must
//! have been opened with `select`. A server without UIDPLUS (RFC 4315) cannot remove single messages:
//! its EXPUNGE would also remove what a person has marked, so it is never used.

use super::connection::Connection;
use super::error::ImapError;
use super::fetch::UIDS_PER_COMMAND;
use super::names::quoted;
use super::sets::set_of;

/// Whether messages are out of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// They are.
    Removed,
    /// They are only marked as deleted, because the server cannot remove single messages.
    Marked,
}

impl Connection {
    /// Marks messages (UIDs ascending) as seen.
    pub async fn mark_seen(&mut self, uids: &[u32]) -> Result<(), ImapError> {
        for some in uids.chunks(UIDS_PER_COMMAND) {
            let command = format!("UID STORE {} +FLAGS.SILENT (\\Seen)", set_of(some));
            self.run(&command, "mark messages as seen", |_| {}).await?;
        }
        Ok(())
    }

    /// Moves messages (UIDs ascending) to another folder, with MOVE (RFC 6851) where there is one.
    pub async fn move_to(&mut self, uids: &[u32], folder: &str) -> Result<Gone, ImapError> {
        const DOING: &str = "move messages";
        let folder = quoted(folder)?;
        let mut gone = Gone::Removed;
        for some in uids.chunks(UIDS_PER_COMMAND) {
            let set = set_of(some);
            if self.offers("MOVE") {
                self.run(&format!("UID MOVE {set} {folder}"), DOING, |_| {}).await?;
            } else {
                self.run(&format!("UID COPY {set} {folder}"), DOING, |_| {}).await?;
                gone = self.remove(&set).await?;
            }
        }
        Ok(gone)
    }

    /// Deletes messages (UIDs ascending).
    pub async fn delete(&mut self, uids: &[u32]) -> Result<Gone, ImapError> {
        let mut gone = Gone::Removed;
        for some in uids.chunks(UIDS_PER_COMMAND) {
            gone = self.remove(&set_of(some)).await?;
        }
        Ok(gone)
    }

    async fn remove(&mut self, set: &str) -> Result<Gone, ImapError> {
        const DOING: &str = "delete messages";
        let mark = format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)");
        self.run(&mark, DOING, |_| {}).await?;
        if !self.offers("UIDPLUS") {
            return Ok(Gone::Marked);
        }
        self.run(&format!("UID EXPUNGE {set}"), DOING, |_| {}).await?;
        Ok(Gone::Removed)
    }
}
