//! Recordings and messages on a machine that whoever imports a log has at hand, such as in a folder.

use throughline_core::actor::Actor;
use throughline_core::event::Happening;
use throughline_core::id::{ImportId, ItemId, PhoneCallId};
use throughline_core::timeline::{AttachmentInfo, Detail};
use throughline_store::attachments::{self, Attachment};
use throughline_store::{Conn, events, phone_calls, timeline};

use crate::attachments::NewFile;
use crate::{App, AppError};

/// How many calls are looked at together.
const AT_ONCE: i64 = 200;

/// A call whose log names files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanting {
    /// The call.
    pub call: PhoneCallId,
    /// Its item.
    pub item: ItemId,
    /// What the log says of the files: names, paths or addresses.
    pub names: Vec<String>,
}

/// Some calls that were new with an import, behind one, with the files that their log names. Done when it
/// answers none.
pub async fn wanting_files(
    app: &App,
    import: ImportId,
    after: Option<PhoneCallId>,
) -> Result<Vec<Wanting>, AppError> {
    let read = move |conn: &mut Conn| {
        let mut found = Vec::new();
        for (call, item) in phone_calls::of_import(conn, import, after, AT_ONCE)? {
            let stored = timeline::get(conn, &Actor::system(), item)?;
            let names = match stored.map(|item| item.detail) {
                Some(Detail::Call(detail)) => {
                    detail.call.recordings.into_iter().chain(detail.call.voicemails).collect()
                }
                _ => Vec::new(),
            };
            found.push(Wanting { call, item, names });
        }
        Ok::<_, AppError>(found)
    };
    app.store().read(read).await
}

/// Attaches a file to a call, unless it has one of that name. Says whether it did.
pub async fn keep_file(app: &App, item: ItemId, file: NewFile) -> Result<bool, AppError> {
    let NewFile { name, media_type, bytes } = file;
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let blob = app.store().blobs().put(bytes).await?;
    let (now, app2) = (app.now(), app.clone());
    let info = AttachmentInfo {
        id: app.ids().make(now),
        name,
        media_type,
        size,
        inline: false,
        description: None,
    };
    let write = move |conn: &mut Conn| {
        let Some(mut stored) = timeline::hold(conn, item)? else { return Ok(false) };
        let Detail::Call(detail) = &mut stored.detail else { return Ok(false) };
        if detail.attachments.iter().any(|known| known.name == info.name) {
            return Ok(false);
        }
        let new = Attachment { info: info.clone(), item, blob, content_id: None };
        attachments::append(conn, detail.attachments.len(), &[new])?;
        detail.attachments.push(info);
        timeline::set_detail(conn, item, &stored.detail)?;
        let event = app2.event(&Actor::system(), now, Happening::CallUpdated { item });
        let mut event = event.of_customer(stored.customer);
        (event.ticket, event.inbox) = (stored.ticket, stored.inbox);
        events::append(conn, &[event])?;
        Ok::<_, AppError>(true)
    };
    app.store().write(write).await
}
