//! Imports whose job failed for good: they would be running for ever, and nobody would know why they stand still.

use throughline_core::actor::Actor;
use throughline_core::id::ImportId;
use throughline_store::{Conn, imports as store, jobs as queue};

use super::steer::job_kind;
use super::work::end;
use crate::jobs::IMPORTS;
use crate::{App, AppError};

/// How many dead jobs are looked at, the newest first: those before them were seen earlier.
const AT_ONCE: i64 = 100;

/// Ends the imports whose job is dead, with the reason. Answers how many.
pub async fn give_up(app: &App) -> Result<usize, AppError> {
    let dead = |conn: &mut Conn| queue::dead_keys(conn, &IMPORTS, AT_ONCE);
    let mut ended = 0;
    for key in app.store().lookup(dead).await? {
        let Ok(id) = key.parse::<ImportId>() else { continue };
        let now = app.now();
        let write = move |conn: &mut Conn| {
            let import = store::hold(conn, &Actor::system(), id)?;
            let Some(import) = import.filter(|import| import.state.is_working()) else {
                return Ok(false);
            };
            // Somebody may have started it again, which takes the place of the dead job.
            let Some(why) = queue::why_dead(conn, job_kind(import.kind), &id.to_string())? else {
                return Ok(false);
            };
            let reason = format!(
                "it was tried again and again and failed: {why}; start it to try once more"
            );
            end(conn, import, Some(reason), now)?;
            Ok::<_, AppError>(true)
        };
        ended += usize::from(app.store().write(write).await?);
    }
    Ok(ended)
}
