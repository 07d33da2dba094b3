//! Keys that every node must share and nobody needs to type, such as the one that signs tokens.
//! They are made on first use and kept in the database.

use throughline_core::time::Instant;
use throughline_store::{Conn, secrets as store};

use crate::secret::Secret;
use crate::{App, AppError, random};

/// The 32 random bytes of this name, made when they are missing. Of nodes that ask at the same
/// moment all get the same. Keep the answer: it never changes.
pub async fn get_or_create(app: &App, name: &str) -> Result<Secret<Vec<u8>>, AppError> {
    let now = app.now();
    let (name, fresh) = (name.to_owned(), random::hex(&random::bytes()));
    let wanted = name.clone();
    let stored = match app.store().lookup(move |c| store::get(c, &wanted)).await? {
        Some(stored) => stored,
        None => {
            let write = app.store().write(move |c| {
                store::insert_if_new(c, &name, &fresh, now)?;
                store::get(c, &name)
            });
            write.await?.ok_or_else(unreadable)?
        }
    };
    random::unhex(&stored).map(Secret::new).ok_or_else(unreadable)
}

/// The same inside an open transaction.
pub(crate) fn get_or_create_in(
    conn: &mut Conn,
    name: &str,
    now: Instant,
) -> Result<Secret<Vec<u8>>, AppError> {
    if store::get(conn, name)?.is_none() {
        store::insert_if_new(conn, name, &random::hex(&random::bytes()), now)?;
    }
    let stored = store::get(conn, name)?.ok_or_else(unreadable)?;
    random::unhex(&stored).map(Secret::new).ok_or_else(unreadable)
}

/// Says nothing of what is there instead.
fn unreadable() -> AppError {
    AppError::internal("a stored secret is missing or not readable")
}
