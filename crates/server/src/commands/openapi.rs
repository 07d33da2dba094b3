//! `throughline openapi`

use crate::error::Failure;
use crate::out;

/// Prints the document.
pub fn run() -> Result<(), Failure> {
    out::line(throughline_api::openapi_json())
}
