//! What pages of the use cases have in common.

use throughline_core::page::{MAX_LIMIT, PageRequest};

use crate::AppError;

/// Refuses a page of no or too many things.
pub(crate) fn check(request: &PageRequest) -> Result<(), AppError> {
    if (1..=MAX_LIMIT).contains(&request.limit) {
        return Ok(());
    }
    Err(AppError::invalid("limit", format!("a page holds 1 to {MAX_LIMIT} items")))
}
