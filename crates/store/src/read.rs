//! Small helpers for mapping stored values to domain values.

use crate::error::StoreError;

/// A stored number as a value of a closed set.
pub fn known<T>(what: &'static str, code: i16, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Unreadable { what, why: format!("unknown code {code}") })
}

/// A stored JSON text as a value.
pub fn from_json<T: serde::de::DeserializeOwned>(
    what: &'static str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|e| StoreError::Unreadable { what, why: format!("not the expected JSON: {e}") })
}

/// A value as JSON text to store.
pub fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Internal(e.to_string()))
}

/// Maps rows, stopping at the first that is not readable.
pub fn all<R, T>(
    rows: Vec<R>,
    map: impl Fn(R) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(map).collect()
}
