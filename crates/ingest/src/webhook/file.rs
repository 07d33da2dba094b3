//! Files that a program names by address: they are fetched without credentials.

use crate::fetch::Fetch;

/// Files of any program.
pub(super) struct OpenFiles;

impl Fetch for OpenFiles {}
