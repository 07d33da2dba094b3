//! Tables: records of cells between separators.

/// What may stand between columns.
pub(super) const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
