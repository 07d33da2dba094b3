//! What a customer's fields may hold.

use throughline_core::identity::EmailAddress;

use crate::AppError;

/// The longest name of a customer, in characters.
pub const MAX_NAME: usize = 200;
/// The most addresses given in one call.
const MAX_EMAILS: usize = 20;

/// An address, normalised.
pub(super) fn email(field: &'static str, text: &str) -> Result<EmailAddress, AppError> {
    EmailAddress::parse(text).map_err(|e| AppError::invalid(field, e.to_string()))
}

/// Addresses, each once.
pub(super) fn emails(field: &'static str, texts: &[String]) -> Result<Vec<EmailAddress>, AppError> {
    if texts.len() > MAX_EMAILS {
        return Err(AppError::invalid(field, format!("at most {MAX_EMAILS} addresses")));
    }
    let mut addresses: Vec<EmailAddress> = Vec::new();
    for text in texts {
        let address = email(field, text)?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// A name on one line, 1 to [`MAX_NAME`] characters.
pub(crate) fn name(name: &str) -> Result<String, AppError> {
    let line: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.is_empty() || line.chars().count() > MAX_NAME {
        return Err(AppError::invalid("name", format!("a name is 1 to {MAX_NAME} characters")));
    }
    Ok(line)
}

/// A BCP 47 tag, by its shape.
pub(crate) fn language(text: &str) -> Result<String, AppError> {
    let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    if text.len() <= 35 && text.split('-').all(part) && text.len() >= 2 {
        return Ok(text.to_owned());
    }
    Err(AppError::invalid("language", "expected a BCP 47 tag such as tr, fa or en-GB"))
}

/// An IANA name, by its shape.
pub(crate) fn time_zone(text: &str) -> Result<String, AppError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    if (1..=64).contains(&text.len()) && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err(AppError::invalid("time_zone", "expected an IANA name such as Europe/Istanbul"))
}

/// Name, language and time zone as given, each checked, by the names of their fields; absent ones
/// are left out, and null stands for none.
pub(crate) fn checked_texts(
    given_name: Option<Option<String>>,
    given_language: Option<Option<String>>,
    given_zone: Option<Option<String>>,
) -> Result<Vec<(&'static str, serde_json::Value)>, AppError> {
    type Check = fn(&str) -> Result<String, AppError>;
    let all: [(&'static str, Option<Option<String>>, Check); 3] = [
        ("name", given_name, name),
        ("language", given_language, language),
        ("time_zone", given_zone, time_zone),
    ];
    let mut checked = Vec::new();
    for (field, given, check) in all {
        let Some(given) = given else { continue };
        let text = given.map(|text| check(&text)).transpose()?;
        checked.push((field, serde_json::json!(text)));
    }
    Ok(checked)
}
