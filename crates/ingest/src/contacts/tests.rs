//! Tests of tables of contacts: what is guessed, what is read, and what is rejected.

use throughline_core::contact::ContactField;
use throughline_core::identity::IdentityKind;

use super::*;

const GOOGLE: &str = "First Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value,\
    Phone 1 - Label,Phone 1 - Value\n\
    Elif,Kaya,Kaya Ltd,vip ::: * myContacts,Work,elif@kaya.example ::: e.kaya@post.example,Mobile,0532 111 22 33\n\
    Nobody,,,,,,,\n\
    Bad,,,,,not an address,,\n";

fn rows(text: &str, settings: Settings) -> Vec<Row> {
    let source = Source::new(settings, Region::parse("TR")).unwrap();
    read(text.as_bytes(), &source).unwrap().map(Result::unwrap).collect()
}

use throughline_core::identity::Region;

#[test]
fn an_address_book_is_read_as_it_is() {
    let looked = preview(GOOGLE.as_bytes(), true, None, Region::parse("TR"), 20);
    assert_eq!((looked.separator, looked.has_header), (',', true));
    assert_eq!(looked.wrong, []);
    let fields: Vec<String> =
        looked.settings.columns.iter().map(|one| one.field.to_string()).collect();
    assert_eq!(fields, ["name", "name", "organization", "tags", "email", "phone"]);
    let elif = looked.rows[0].result.clone().unwrap();
    assert_eq!(elif.name.as_deref(), Some("Elif Kaya"));
    assert_eq!(elif.organization.as_deref(), Some("Kaya Ltd"));
    assert_eq!(elif.tags, ["vip", "* myContacts"]);
    let keys: Vec<(IdentityKind, &str)> =
        elif.identities.iter().map(|hint| (hint.key.kind, hint.key.value.as_str())).collect();
    let email = IdentityKind::Email;
    let expected = [
        (email, "elif@kaya.example"),
        (email, "e.kaya@post.example"),
        (IdentityKind::Phone, "+905321112233"),
    ];
    assert_eq!(keys, expected);
    assert!(looked.rows[1].result.as_ref().unwrap_err().contains("no address"));
    assert!(looked.rows[2].result.as_ref().unwrap_err().starts_with("E-mail 1 - Value: "));
}

#[test]
fn a_table_without_a_header_is_mapped_by_places() {
    let text = "7;Ünal <u@x.example>;Zeynep;2026\n8;v@x.example;;\n";
    let column = |column: &str, field: &str| ContactColumn {
        column: column.to_owned(),
        field: field.parse().unwrap(),
    };
    let columns = vec![
        column("#3", "name"),
        column("#1", "external_id"),
        column("#2", "email"),
        column("#4", "custom.year"),
    ];
    let settings = Settings { columns, external_scope: "CRM".to_owned(), ..Settings::default() };
    let found = rows(text, settings.clone());
    let first = found[0].result.clone().unwrap();
    assert_eq!(first.custom, [("year".to_owned(), "2026".to_owned())]);
    let key = &first.identities[0].key;
    assert_eq!((key.kind, &key.scope[..], &key.value[..]), (IdentityKind::External, "crm", "7"));
    assert_eq!(first.identities[1].key.value, "u@x.example");
    assert_eq!((found[1].number, found[1].line), (2, 2));
    // The same in another encoding.
    let (bytes, _, _) = encoding_rs::WINDOWS_1254.encode(text);
    let source = Source::new(settings, Region::parse("TR")).unwrap();
    let again: Vec<Row> = read(&bytes[..], &source).unwrap().map(Result::unwrap).collect();
    assert_eq!(again, found);
}

#[test]
fn settings_that_cannot_be_are_told() {
    let name = ContactColumn { column: "Name".to_owned(), field: ContactField::Name };
    let settings = Settings {
        columns: vec![name],
        separator: Some('x'),
        region: "Turkey".to_owned(),
        ..Settings::default()
    };
    let wrong = Source::new(settings, None).unwrap_err();
    let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field).collect();
    assert_eq!(fields, ["separator", "region", "columns"]);
    assert!(wrong[2].why.contains("email, phone or external_id"));
}

#[test]
fn a_column_that_is_missing_is_named() {
    let email = ContactColumn { column: "Mail".to_owned(), field: ContactField::Email };
    let settings = Settings { columns: vec![email], ..Settings::default() };
    let found = rows("Name,E-mail\nA,a@x.example\n", settings);
    assert_eq!(found[0].result, Err("Mail: the file has no such column".to_owned()));
}
