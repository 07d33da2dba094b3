//! Folders whose files are read in by themselves: which there are, and what is to be done with a file.

use serde_json::Value;
use throughline_core::actor::Actor;
use throughline_core::id::InboxId;
use throughline_core::import::{Import, ImportKind, ImportState};
use throughline_core::phone_settings::WatchedFolder;
use throughline_store::{Conn, phone_mappings, phone_settings};

use crate::imports::{known_file, start};
use crate::{App, AppError};

/// How many inboxes are looked through at once.
const PAGE: i64 = 200;

/// A folder that an inbox names.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The inbox.
    pub inbox: InboxId,
    /// The folder.
    pub folder: WatchedFolder,
    /// How its files are read.
    pub source: Value,
}

/// All folders that inboxes name, of those that take calls and whose mapping is still there.
pub async fn watched(app: &App) -> Result<Vec<Watched>, AppError> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let look = move |conn: &mut Conn| {
            let page = phone_settings::active(conn, after, PAGE)?;
            let last = page.last().map(|(inbox, _)| *inbox);
            let mut found = Vec::new();
            for (inbox, settings) in page {
                let (Some(folder), Some(name)) = (settings.folder, settings.mapping) else {
                    continue;
                };
                let mapping = phone_mappings::get(conn, &name)?;
                found.extend(mapping.map(|m| Watched { inbox, folder, source: m.source }));
            }
            Ok::<_, AppError>((found, last))
        };
        let (more, last) = app.store().read(look).await?;
        found.extend(more);
        if last.is_none() {
            return Ok(found);
        }
        after = last;
    }
}

/// Whether a file of exactly these bytes is to be sent here. One that was brought but not started, since
/// whoever brought it died, is started.
pub async fn is_wanted(app: &App, inbox: InboxId, blob: String) -> Result<bool, AppError> {
    let system = Actor::system();
    let known = known_file(app, &system, ImportKind::Calls, Some(inbox), blob).await?;
    let Some(Import { id, state, source, .. }) = known else { return Ok(true) };
    if state == ImportState::Uploaded && source.is_some() {
        start(app, &system, id).await?;
    }
    Ok(false)
}
