//! Organizations that customers belong to.

use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::Organization;
use throughline_core::id::OrganizationId;
use throughline_core::page::{Page, PageRequest};
use throughline_store::{Conn, StoreError, organizations as store};

use crate::admin::{self, Change, Trail};
use crate::{App, AppError, page};

/// Names the order of the list in cursors.
const ORDER: &str = "org";
/// The longest domain (RFC 1035), in bytes.
const MAX_DOMAIN: usize = 253;

/// An organization to be made.
#[derive(Debug, Clone, Default)]
pub struct NewOrganization {
    /// Its name.
    pub name: String,
    /// The mail domain whose customers belong to it.
    pub domain: Option<String>,
    /// The organization that it is a part of.
    pub parent: Option<OrganizationId>,
}

/// What to change of an organization; `None` stays as it is, `Some(None)` is taken away.
#[derive(Debug, Clone, Default)]
pub struct OrganizationPatch {
    /// The name.
    pub name: Option<String>,
    /// The mail domain.
    pub domain: Option<Option<String>>,
    /// The organization that it is a part of.
    pub parent: Option<Option<OrganizationId>>,
}

/// The organizations, oldest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    page: &PageRequest,
) -> Result<Page<Organization>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(page)?;
    let (after, fetch) = (page.key_for(ORDER)?, page.fetch());
    let rows = app.store().read(move |c| store::list(c, after, fetch)).await?;
    Ok(Page::cut(rows, page, ORDER, |organization| organization.id.get()))
}

/// One organization.
pub async fn get(app: &App, actor: &Actor, id: OrganizationId) -> Result<Organization, AppError> {
    actor.require(Scope::CustomersRead)?;
    app.store().lookup(move |c| store::get(c, id)).await?.ok_or_else(missing)
}

/// Makes an organization.
pub async fn create(
    app: &App,
    actor: &Actor,
    new: NewOrganization,
) -> Result<Organization, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let now = app.now();
    let NewOrganization { name, domain, parent } = new;
    let organization = Organization {
        id: app.ids().make(now),
        name: admin::name("name", &name)?,
        domain: domain.as_deref().map(checked_domain).transpose()?,
        parent,
        created_at: now,
    };
    let id = organization.id;
    let trail = Trail::new(app, actor, now, "organization", id, Change::Created);
    app.store()
        .write(move |c| {
            check_parent(c, &organization)?;
            store::insert(c, &organization).map_err(domain_taken)?;
            trail.append(c)?;
            Ok(organization)
        })
        .await
}

/// Changes an organization.
pub async fn update(
    app: &App,
    actor: &Actor,
    id: OrganizationId,
    patch: OrganizationPatch,
) -> Result<Organization, AppError> {
    actor.require(Scope::CustomersWrite)?;
    let trail = Trail::new(app, actor, app.now(), "organization", id, Change::Updated);
    app.store()
        .write(move |c| {
            let before = store::get(c, id)?.ok_or_else(missing)?;
            let after = patched(&before, patch)?;
            if after != before {
                check_parent(c, &after)?;
                store::update(c, &after).map_err(domain_taken)?;
                trail.naming(admin::changed!(before, after; name, domain, parent)).append(c)?;
            }
            Ok(after)
        })
        .await
}

fn patched(before: &Organization, patch: OrganizationPatch) -> Result<Organization, AppError> {
    let OrganizationPatch { name, domain, parent } = patch;
    let mut after = before.clone();
    if let Some(name) = name {
        after.name = admin::name("name", &name)?;
    }
    if let Some(domain) = domain {
        after.domain = domain.as_deref().map(checked_domain).transpose()?;
    }
    after.parent = parent.unwrap_or(after.parent);
    Ok(after)
}

/// How many organizations may stand above each other.
const MAX_LEVELS: usize = 20;

/// A parent has to be there, and not below. Of two who meet, one waits: see `hold`.
fn check_parent(conn: &mut Conn, organization: &Organization) -> Result<(), AppError> {
    let mut above = organization.parent;
    if above.is_some() {
        store::hold(conn)?;
    }
    for level in 0..=MAX_LEVELS {
        let Some(id) = above else { return Ok(()) };
        if id == organization.id || level == MAX_LEVELS {
            let message = format!("an organization is not above itself, nor {MAX_LEVELS} deep");
            return Err(AppError::conflict("organization_cycle", message));
        }
        let found = store::get(conn, id)?;
        let missing = || AppError::invalid("parent", "there is no such organization");
        above = found.ok_or_else(missing)?.parent;
    }
    Ok(())
}

/// Removes an organization; its customers stay and belong to none.
pub async fn delete(app: &App, actor: &Actor, id: OrganizationId) -> Result<(), AppError> {
    actor.require(Scope::CustomersWrite)?;
    let trail = Trail::new(app, actor, app.now(), "organization", id, Change::Deleted);
    app.store()
        .write(move |c| {
            if !store::delete(c, id)? {
                return Err(missing());
            }
            Ok(trail.append(c)?)
        })
        .await
}

/// A domain as kept: lower case, with at least two labels, none of them empty.
fn checked_domain(text: &str) -> Result<String, AppError> {
    let domain = text.trim().to_lowercase();
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_alphanumeric() || c == '-');
    if domain.contains('.') && domain.split('.').all(label) && domain.len() <= MAX_DOMAIN {
        return Ok(domain);
    }
    Err(AppError::invalid("domain", "must be a mail domain, such as example.com"))
}

fn missing() -> AppError {
    AppError::not_found("organization")
}

fn domain_taken(error: StoreError) -> AppError {
    if error.is_constraint("organizations_domain") {
        let message = "another organization has this domain";
        return AppError::conflict("domain_taken", message);
    }
    error.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_lower_case_and_have_labels() {
        assert_eq!(checked_domain(" Örnek.COM ").unwrap(), "örnek.com");
        let long = format!("{}.com", "x".repeat(250));
        for bad in ["", "com", "a@b.com", "a..com", ".com", "a b.com", "a.com/x", &long] {
            assert_eq!(checked_domain(bad).unwrap_err().field, Some("domain"), "{bad}");
        }
    }
}
