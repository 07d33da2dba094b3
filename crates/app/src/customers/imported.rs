//! People in tables of contacts: who of them is known, what is said of them that nobody said yet, and writing
//! that down. Nothing is guessed: whoever might be the same person is suggested, and nothing that an agent or
//! an integrator said is outdone.

use serde_json::{Value, json};
use throughline_core::actor::Actor;
use throughline_core::contact::Contact;
use throughline_core::customer::{Customer, Organization};
use throughline_core::event::{DomainEvent, FieldChange, Happening};
use throughline_core::id::{CustomerId, TagId};
use throughline_core::identity::{Found, Hint, Identity, IdentityKind, Key, differ};
use throughline_core::profile::{CustomField, Said, Source};
use throughline_core::tag::TagName;
use throughline_core::time::Instant;
use throughline_store::{
    Conn, customers, events, identities, organizations, profiles as store, tags,
};

use super::owner::{add, blank, document_of_record, externals_of};
use super::{check, suggest};
use crate::admin::{self, Change, Trail};
use crate::profiles::{self, Speaker, Statement};
use crate::{App, AppError, index, tagging};

/// Where identities come from that a table names.
const SOURCE: &str = "import";

/// What is to be written for one contact.
pub(crate) struct Plan {
    /// The record that is known; somebody new when `None`.
    pub known: Option<CustomerId>,
    /// What is added to it, by which it will be known as well.
    pub add: Vec<Hint>,
    /// Customers who have another identity of the same contact.
    meets: Vec<(Hint, Found)>,
    /// What is said of its fields that the last table did not say already.
    statements: Vec<Statement>,
    /// The organization that is named.
    pub organization: Named,
    /// Tags that it does not bear yet.
    tags: Vec<TagName>,
}

/// The organization that a contact names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Named {
    /// None, or the one that the last table named.
    Nothing,
    /// One that is there.
    Known(Organization),
    /// One that is to be made.
    New(String),
}

impl Plan {
    /// Whether the contact says anything that is not known.
    pub fn says_something(&self) -> bool {
        let quiet = self.add.is_empty() && self.statements.is_empty() && self.tags.is_empty();
        !quiet || self.organization != Named::Nothing
    }
}

/// What a contact says, checked but for who it is.
pub(crate) struct Checked {
    identities: Vec<Hint>,
    statements: Vec<Statement>,
    organization: Option<String>,
    tags: Vec<TagName>,
}

impl Checked {
    /// Checks what a contact says; fails with what is wrong with it.
    pub fn of(fields: &[CustomField], contact: Contact) -> Result<Self, AppError> {
        let Contact { identities, name, organization, language, time_zone, tags, custom } = contact;
        let given = |text: Option<String>| text.map(Some);
        let texts = check::checked_texts(given(name), given(language), given(time_zone))?;
        let mut statements: Vec<Statement> =
            texts.into_iter().map(|(field, value)| Statement::new(field, value)).collect();
        for (key, text) in custom {
            let field = fields.iter().find(|field| field.key == key).ok_or_else(|| {
                AppError::invalid("custom", format!("there is no custom field '{key}'"))
            })?;
            let value = field.read(&text).map_err(|why| AppError::invalid("custom", why))?;
            statements.push(Statement::new(field.field(), value));
        }
        let organization = organization.map(|name| admin::name("organization", &name));
        let tags = tagging::names("tags", &tags)?;
        Ok(Self { identities, statements, organization: organization.transpose()?, tags })
    }

    /// By what the contact is known.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.identities.iter().map(|hint| &hint.key)
    }

    /// The tags that it names, in the form in which they are held.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(TagName::folded)
    }

    /// Whether it names an organization.
    pub fn has_organization(&self) -> bool {
        self.organization.is_some()
    }
}

/// Decides who a contact is and what is new about it. Writes nothing.
pub(crate) fn plan(conn: &mut Conn, contact: Checked) -> Result<Plan, AppError> {
    let Checked { identities, mut statements, organization, mut tags } = contact;
    let found = found(conn, &identities)?;
    let lead = lead(conn, &identities, &found)?;
    let root = lead.map(|lead| lead.root);
    let told = externals(&identities);
    let (mut add, mut meets) = (Vec::new(), Vec::new());
    for (hint, stored) in identities.into_iter().zip(found) {
        match stored {
            None => add.push(hint),
            Some(other) if Some(other.root) == root || other.identity.shared => {}
            Some(other) if differ(&told, &other.externals) => {}
            Some(other) => meets.push((hint, other)),
        }
    }
    if root.is_none() && add.is_empty() {
        let why = "all of its addresses and numbers are those of other customers";
        return Err(AppError::invalid("identities", why));
    }
    let mut organization = named(conn, organization)?;
    if let Some(root) = root {
        let said = store::said(conn, &[root])?;
        statements.retain(|one| !is_said(&said, &one.field, &one.value));
        if let Named::Known(known) = &organization
            && is_said(&said, "organization", &json!(known.id))
        {
            organization = Named::Nothing;
        }
        let borne = tags::of_customers(conn, &[root])?.remove(&root).unwrap_or_default();
        let bears = |name: &TagName| {
            borne.iter().any(|tag| throughline_core::text::fold(&tag.name) == name.folded())
        };
        tags.retain(|name| !bears(name));
    }
    Ok(Plan { known: root, add, meets, statements, organization, tags })
}

/// Whether the last table said the same.
fn is_said(said: &[Said], field: &str, value: &Value) -> bool {
    let same =
        |one: &Said| one.source == Source::Import && one.field == field && one.value == *value;
    said.iter().any(same)
}

fn externals(hints: &[Hint]) -> Vec<Key> {
    let external = hints.iter().filter(|hint| hint.key.kind == IdentityKind::External);
    external.map(|hint| hint.key.clone()).collect()
}

fn found(conn: &mut Conn, hints: &[Hint]) -> Result<Vec<Option<Found>>, AppError> {
    let mut all = Vec::with_capacity(hints.len());
    for hint in hints {
        let Some(identity) = identities::by_key(conn, &hint.key)? else {
            all.push(None);
            continue;
        };
        let group = customers::group(conn, identity.customer)?;
        let group = group.ok_or_else(|| AppError::internal("identity without its customer"))?;
        let externals = externals_of(conn, &group.members)?;
        all.push(Some(Found { identity, root: group.root, externals }));
    }
    Ok(all)
}

/// By which identity the contact is known: by its id in the other system, else by an address, else by a
/// number. A number alone speaks for a customer only where nothing speaks against it: families and companies
/// share numbers. What several people use counts only where there is nothing else.
fn lead<'a>(
    conn: &mut Conn,
    hints: &[Hint],
    found: &'a [Option<Found>],
) -> Result<Option<&'a Found>, AppError> {
    let told = externals(hints);
    let fits = |stored: &&Found| !differ(&told, &stored.externals);
    for kind in [IdentityKind::External, IdentityKind::Email] {
        let own = found.iter().flatten().filter(|stored| stored.identity.kind == kind);
        if let Some(lead) = own.filter(fits).find(|stored| !stored.identity.shared) {
            return Ok(Some(lead));
        }
    }
    let only_numbers = hints.iter().all(|hint| hint.key.kind == IdentityKind::Phone);
    let numbers =
        found.iter().flatten().filter(|stored| stored.identity.kind == IdentityKind::Phone);
    for stored in numbers.filter(fits).filter(|stored| !stored.identity.shared) {
        if only_numbers || has_number_alone(conn, stored)? {
            return Ok(Some(stored));
        }
    }
    let nothing_else = found.iter().all(Option::is_some);
    Ok(found.iter().flatten().find(fits).filter(|_| nothing_else))
}

/// Whether a customer is known by nothing but numbers.
fn has_number_alone(conn: &mut Conn, stored: &Found) -> Result<bool, AppError> {
    let members =
        customers::group(conn, stored.root)?.map(|group| group.members).unwrap_or_default();
    let mut all = identities::of_customers(conn, &members)?.into_values().flatten();
    Ok(all.all(|identity| identity.kind == IdentityKind::Phone))
}

fn named(conn: &mut Conn, name: Option<String>) -> Result<Named, AppError> {
    let Some(name) = name else { return Ok(Named::Nothing) };
    Ok(match organizations::by_name(conn, &name)? {
        Some(known) => Named::Known(known),
        None => Named::New(name),
    })
}

/// Who brought a table: as events name an actor.
pub(crate) struct Bringer<'a> {
    /// The use cases.
    pub app: &'a App,
    /// The actor.
    pub actor: &'a str,
    /// When.
    pub now: Instant,
}

impl Bringer<'_> {
    fn event(&self, what: Happening) -> DomainEvent {
        let event = self.app.event(&Actor::system(), self.now, what);
        DomainEvent { actor: self.actor.to_owned(), ..event }
    }
}

/// Writes a contact down.
pub(crate) fn apply(conn: &mut Conn, by: &Bringer<'_>, plan: Plan) -> Result<(), AppError> {
    let Plan { known, add: hints, meets, mut statements, organization, tags: names } = plan;
    let Bringer { app, now, .. } = *by;
    statements.extend(organization_said(conn, by, organization)?);
    let before = match known {
        Some(id) => {
            let record = customers::record(conn, id)?;
            record.ok_or_else(|| AppError::internal("a customer that vanished"))?
        }
        None => new_record(conn, app, &hints, now)?,
    };
    let mut after = before.clone();
    let speaker = Speaker { source: Source::Import, by: by.actor.to_owned() };
    let mut changes = profiles::say(conn, &mut after, &speaker, statements, now)?;
    changes.extend(given("identities", hints.iter().map(|hint| hint.display.as_str())));
    changes.extend(given("tags", names.iter().map(TagName::as_str)));
    let mut own: Vec<Identity> = Vec::with_capacity(hints.len());
    for hint in &hints {
        own.push(add(app, conn, before.id, hint, SOURCE, now)?);
    }
    let put: Vec<TagId> = tagging::find_or_make(app, conn, &names, now)?;
    tags::put_on_customer(conn, before.id, &put)?;
    if known.is_some() {
        (after.version, after.updated_at) = (before.version + 1, now);
    }
    if !changes.is_empty() && !customers::update(conn, &after, before.version)? {
        return Err(AppError::stale());
    }
    suggest_others(app, conn, &after, known.is_none(), &own, &meets, now)?;
    let document = document_of_record(conn, before.id)?;
    index::put(conn, &[document])?;
    let what = match known {
        None => Happening::CustomerCreated {},
        Some(_) if changes.is_empty() => return Ok(()),
        Some(_) => Happening::CustomerUpdated { changes },
    };
    Ok(events::append(conn, &[by.event(what).of_customer(before.id)])?)
}

/// What was added to a list, as one change.
fn given<'a>(field: &str, added: impl Iterator<Item = &'a str>) -> Option<FieldChange> {
    let to = added.collect::<Vec<_>>().join(", ");
    (!to.is_empty()).then(|| FieldChange { field: field.to_owned(), from: None, to: Some(to) })
}

/// A record of somebody new, at the organization of his address if there is one.
fn new_record(
    conn: &mut Conn,
    app: &App,
    hints: &[Hint],
    now: Instant,
) -> Result<Customer, AppError> {
    let mut customer = blank(app, now);
    customers::insert(conn, &mut customer)?;
    let addresses = hints.iter().filter(|hint| hint.key.kind == IdentityKind::Email);
    for address in addresses {
        let domain = address.key.value.rsplit_once('@').map_or("", |(_, domain)| domain);
        if let Some(home) = profiles::home_of(conn, domain)? {
            let rule = Speaker { source: Source::Rule, by: "domain".to_owned() };
            let statement = Statement::new("organization", json!(home));
            profiles::say(conn, &mut customer, &rule, vec![statement], now)?;
            break;
        }
    }
    Ok(customer)
}

/// What is said of where a contact works; an organization nobody knows is made.
fn organization_said(
    conn: &mut Conn,
    by: &Bringer<'_>,
    named: Named,
) -> Result<Option<Statement>, AppError> {
    let id = match named {
        Named::Nothing => return Ok(None),
        Named::Known(known) => known.id,
        Named::New(name) => {
            let id = by.app.ids().make(by.now);
            let new = Organization { id, name, domain: None, parent: None, created_at: by.now };
            organizations::insert(conn, &new)?;
            let system = Actor::system();
            let trail = Trail::new(by.app, &system, by.now, "organization", id, Change::Created);
            trail.by(by.actor).append(conn)?;
            id
        }
    };
    Ok(Some(Statement::new("organization", json!(id))))
}

fn suggest_others(
    app: &App,
    conn: &mut Conn,
    record: &Customer,
    is_new: bool,
    own: &[Identity],
    meets: &[(Hint, Found)],
    now: Instant,
) -> Result<(), AppError> {
    if is_new {
        suggest::note_customer(app, conn, record, own, now)?;
    } else {
        for identity in own {
            suggest::note_identity(app, conn, record.id, identity, now)?;
        }
    }
    for (hint, other) in meets {
        suggest::told_together(app, conn, record.id, other, &hint.key, now)?;
    }
    Ok(())
}
