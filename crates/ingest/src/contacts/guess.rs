//! What the columns of a table of contacts are likely to say, by the names that address books and other
//! helpdesks give them. People look at it before anything is read in.

use throughline_core::contact::ContactField;

use super::settings::ContactColumn;
use crate::tables::Column;

/// Whether a row names columns: words, and nothing by which a person could be known.
pub(super) fn is_header(row: &[String]) -> bool {
    let is_value = |cell: &String| {
        cell.contains('@') || cell.chars().filter(char::is_ascii_digit).count() >= 5
    };
    row.iter().any(|cell| cell.chars().any(char::is_alphabetic)) && !row.iter().any(is_value)
}

/// The columns whose names tell what they say.
pub(super) fn columns(columns: &[Column]) -> Vec<ContactColumn> {
    let told = columns.iter().filter_map(|column| {
        let field = field(&column.name).or_else(|| by_samples(column))?;
        Some(ContactColumn { column: column.name.clone(), field })
    });
    let mut told: Vec<ContactColumn> = told.collect();
    // Where there are parts of a name beside a whole one, the whole one is enough.
    let is_whole = |one: &ContactColumn| {
        one.field == ContactField::Name && NAMES.contains(&plain(&one.column).as_str())
    };
    if told.iter().any(is_whole) {
        told.retain(|one| one.field != ContactField::Name || is_whole(one));
    }
    told
}

/// What whole names are called.
const NAMES: [&str; 12] = [
    "name",
    "full name",
    "fullname",
    "display name",
    "contact",
    "contact name",
    "customer name",
    "ad soyad",
    "ad soyadı",
    "isim",
    "نام کامل",
    "نام و نام خانوادگی",
];

/// Words by which a column is known, the whole name of it being one of them.
const WHOLE: [(&[&str], ContactField); 7] = [
    (
        &[
            "first name",
            "given name",
            "middle name",
            "additional name",
            "last name",
            "family name",
            "surname",
            "firstname",
            "lastname",
            "ad",
            "adı",
            "soyad",
            "soyadı",
            "نام",
            "نام خانوادگی",
            "vorname",
            "nachname",
        ],
        ContactField::Name,
    ),
    (
        &[
            "external id",
            "external_id",
            "id",
            "customer id",
            "contact id",
            "record id",
            "user id",
            "crm id",
            "müşteri no",
            "müşteri kodu",
            "شناسه",
        ],
        ContactField::ExternalId,
    ),
    (
        &[
            "company",
            "company name",
            "organization",
            "organisation",
            "organization name",
            "organization 1 name",
            "account",
            "account name",
            "employer",
            "firma",
            "şirket",
            "kurum",
            "kuruluş",
            "شرکت",
            "سازمان",
        ],
        ContactField::Organization,
    ),
    (&["language", "locale", "lang", "dil", "زبان", "sprache"], ContactField::Language),
    (&["time zone", "timezone", "time_zone", "saat dilimi", "منطقه زمانی"], ContactField::TimeZone),
    (
        &[
            "tags",
            "tag",
            "labels",
            "label",
            "groups",
            "categories",
            "etiket",
            "etiketler",
            "برچسب‌ها",
        ],
        ContactField::Tags,
    ),
    (&["gsm", "cep", "tel", "telefon", "موبایل", "تلفن", "whatsapp"], ContactField::Phone),
];

/// A column's name in the form in which it is known.
fn plain(name: &str) -> String {
    let spaced = name.trim().replace(['_', '-', '.', ':'], " ").to_lowercase();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn field(name: &str) -> Option<ContactField> {
    let name = plain(name);
    if NAMES.contains(&name.as_str()) {
        return Some(ContactField::Name);
    }
    let known = WHOLE.iter().find(|(names, _)| names.iter().any(|known| plain(known) == name));
    if let Some((_, field)) = known {
        return Some(field.clone());
    }
    // Address books number them, and put beside each what it is used for.
    let is_kind = ["type", "label", "tür"].iter().any(|word| name.ends_with(word));
    let has = |words: &[&str]| !is_kind && words.iter().any(|word| name.contains(word));
    if has(&["e mail", "email", "eposta", "e posta", "ایمیل", "رایانامه"]) {
        return Some(ContactField::Email);
    }
    let number = has(&["phone", "mobile", "telefon", "cep ", "تلفن", "موبایل"]);
    (number && !has(&["fax", "pager", "faks"])).then_some(ContactField::Phone)
}

/// A column without a name that would tell is known by the addresses that stand in it.
fn by_samples(column: &Column) -> Option<ContactField> {
    let is_address = |text: &String| {
        let parts = text.split_once('@');
        parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    };
    let all = !column.samples.is_empty() && column.samples.iter().all(is_address);
    all.then_some(ContactField::Email)
}
