//! What is said of customers' fields, the definitions of custom ones, and consents. Which answer
//! counts is decided in `core::profile`.

use diesel::prelude::*;
use throughline_core::id::{ConsentId, CustomFieldId, CustomerId};
use throughline_core::profile::{
    Consent, ConsentState, CustomField, CustomKind, Said, Source, value_key,
};
use throughline_core::time::Instant;

use crate::conn::{Conn, Kept, each};
use crate::error::StoreError;
use crate::read::{all, from_json, known, to_json};
use crate::schema::{consents, custom_fields, profile_fields};

#[derive(Queryable, Selectable)]
#[diesel(table_name = profile_fields)]
struct SaidRow {
    customer_id: i64,
    field: String,
    source: i16,
    value: String,
    set_by: String,
    set_at: i64,
}

fn said_from(row: SaidRow) -> Result<Said, StoreError> {
    Ok(Said {
        record: CustomerId::from(row.customer_id),
        field: row.field,
        source: known("profile_fields.source", row.source, Source::from_code(row.source))?,
        value: from_json("profile_fields.value", &row.value)?,
        by: row.set_by,
        set_at: Instant::from_micros(row.set_at),
    })
}

/// All that is said of these records.
pub fn said(conn: &mut Conn, records: &[CustomerId]) -> Result<Vec<Said>, StoreError> {
    let ids: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let rows: Vec<SaidRow> = profile_fields::table
        .filter(profile_fields::customer_id.eq_any(ids))
        .order((profile_fields::customer_id, profile_fields::field, profile_fields::source))
        .select(SaidRow::as_select())
        .load(conn)?;
    all(rows, said_from)
}

/// Writes what a source says, over what it said before; `wins` marks whether it counts.
pub fn say(conn: &mut Conn, said: &Said, wins: bool) -> Result<(), StoreError> {
    let (value, key) = (to_json(&said.value)?, value_key(&said.value));
    let (by, at) = (said.by.as_str(), said.set_at.as_micros());
    let row = (
        profile_fields::customer_id.eq(said.record.get()),
        profile_fields::field.eq(&said.field),
        profile_fields::source.eq(said.source.code()),
        profile_fields::value.eq(&value),
        profile_fields::value_key.eq(&key),
        profile_fields::wins.eq(wins),
        profile_fields::set_by.eq(by),
        profile_fields::set_at.eq(at),
    );
    let insert = diesel::insert_into(profile_fields::table)
        .values(row)
        .on_conflict((profile_fields::customer_id, profile_fields::field, profile_fields::source))
        .do_update()
        .set((
            profile_fields::value.eq(&value),
            profile_fields::value_key.eq(&key),
            profile_fields::wins.eq(wins),
            profile_fields::set_by.eq(by),
            profile_fields::set_at.eq(at),
        ));
    each!(conn, c => Kept(insert).execute(c))?;
    Ok(())
}

/// Marks what the other sources say of a field as not counting.
pub fn outdo(conn: &mut Conn, winner: &Said) -> Result<(), StoreError> {
    let others = profile_fields::table
        .filter(profile_fields::customer_id.eq(winner.record.get()))
        .filter(profile_fields::field.eq(&winner.field))
        .filter(profile_fields::source.ne(winner.source.code()))
        .filter(profile_fields::wins.eq(true));
    let outdone = diesel::update(others).set(profile_fields::wins.eq(false));
    each!(conn, c => Kept(outdone).execute(c))?;
    Ok(())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = custom_fields)]
struct FieldRow {
    id: i64,
    key: String,
    name: String,
    kind: i16,
    options: String,
    required: bool,
    created_at: i64,
    version: i64,
}

fn field_from(row: FieldRow) -> Result<CustomField, StoreError> {
    Ok(CustomField {
        id: CustomFieldId::from(row.id),
        key: row.key,
        name: row.name,
        kind: known("custom_fields.kind", row.kind, CustomKind::from_code(row.kind))?,
        options: from_json("custom_fields.options", &row.options)?,
        required: row.required,
        created_at: Instant::from_micros(row.created_at),
        version: row.version,
    })
}

/// The custom fields, oldest first; there are never many.
pub fn fields(conn: &mut Conn) -> Result<Vec<CustomField>, StoreError> {
    let rows: Vec<FieldRow> = custom_fields::table
        .order(custom_fields::id)
        .limit(throughline_core::profile::MAX_CUSTOM_FIELDS as i64)
        .select(FieldRow::as_select())
        .load(conn)?;
    all(rows, field_from)
}

/// A custom field.
pub fn field(conn: &mut Conn, id: CustomFieldId) -> Result<Option<CustomField>, StoreError> {
    let row: Option<FieldRow> =
        custom_fields::table.find(id.get()).select(FieldRow::as_select()).first(conn).optional()?;
    row.map(field_from).transpose()
}

/// Adds a custom field. Fails with the rule `custom_fields_key` when the key is taken.
pub fn insert_field(conn: &mut Conn, field: &CustomField) -> Result<(), StoreError> {
    let row = FieldRow {
        id: field.id.get(),
        key: field.key.clone(),
        name: field.name.clone(),
        kind: field.kind.code(),
        options: to_json(&field.options)?,
        required: field.required,
        created_at: field.created_at.as_micros(),
        version: field.version,
    };
    diesel::insert_into(custom_fields::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes a custom field back, if the stored version is still the one given.
pub fn update_field(
    conn: &mut Conn,
    field: &CustomField,
    version: i64,
) -> Result<bool, StoreError> {
    let stored = custom_fields::table.find(field.id.get());
    let changed = diesel::update(stored.filter(custom_fields::version.eq(version)))
        .set((
            custom_fields::name.eq(&field.name),
            custom_fields::options.eq(to_json(&field.options)?),
            custom_fields::required.eq(field.required),
            custom_fields::version.eq(field.version),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes a custom field with all its values.
pub fn delete_field(conn: &mut Conn, field: &CustomField) -> Result<(), StoreError> {
    let values = profile_fields::table.filter(profile_fields::field.eq(field.field()));
    diesel::delete(values).execute(conn)?;
    diesel::delete(custom_fields::table.find(field.id.get())).execute(conn)?;
    Ok(())
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = consents, treat_none_as_default_value = false)]
struct ConsentRow {
    id: i64,
    customer_id: i64,
    purpose: String,
    state: i16,
    given_at: i64,
    source: String,
    proof: Option<String>,
    set_by: String,
    created_at: i64,
}

fn consent_from(row: ConsentRow) -> Result<Consent, StoreError> {
    Ok(Consent {
        id: ConsentId::from(row.id),
        record: CustomerId::from(row.customer_id),
        purpose: row.purpose,
        state: known("consents.state", row.state, ConsentState::from_code(row.state))?,
        given_at: Instant::from_micros(row.given_at),
        source: row.source,
        proof: row.proof,
        by: row.set_by,
        created_at: Instant::from_micros(row.created_at),
    })
}

/// Notes what a customer said about a purpose.
pub fn insert_consent(conn: &mut Conn, consent: &Consent) -> Result<(), StoreError> {
    let row = ConsentRow {
        id: consent.id.get(),
        customer_id: consent.record.get(),
        purpose: consent.purpose.clone(),
        state: consent.state.code(),
        given_at: consent.given_at.as_micros(),
        source: consent.source.clone(),
        proof: consent.proof.clone(),
        set_by: consent.by.clone(),
        created_at: consent.created_at.as_micros(),
    };
    diesel::insert_into(consents::table).values(row).execute(conn)?;
    Ok(())
}

/// What the records that are one customer said, noted last first, before the id `before`.
pub fn consents_of(
    conn: &mut Conn,
    records: &[CustomerId],
    before: Option<i64>,
    fetch: i64,
) -> Result<Vec<Consent>, StoreError> {
    let ids: Vec<i64> = records.iter().map(|id| id.get()).collect();
    let rows: Vec<ConsentRow> = consents::table
        .filter(consents::customer_id.eq_any(ids))
        .filter(consents::id.lt(before.unwrap_or(i64::MAX)))
        .order(consents::id.desc())
        .limit(fetch)
        .select(ConsentRow::as_select())
        .load(conn)?;
    all(rows, consent_from)
}
