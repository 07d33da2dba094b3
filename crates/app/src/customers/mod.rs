//! Customers: list and read here; make, change and merge, and whose something is, in the modules
//! below.

mod change;
mod check;
mod hints;
mod identities;
pub(crate) mod imported;
mod merge;
mod owner;
mod preview;
mod speaker;
mod suggest;
mod suggestions;

use throughline_core::actor::{Actor, Scope, Sees};
use throughline_core::customer::{Customer, CustomerView};
use throughline_core::id::CustomerId;
use throughline_core::identity::Identity;
use throughline_core::page::{Page, PageRequest};
use throughline_core::tag::Tag;
use throughline_store::{Conn, StoreError, customers, identities as identities_of, tags};

pub(crate) use change::check_organization;
pub use change::{CustomerPatch, NewCustomer, create, update};
pub use check::MAX_NAME;
pub(crate) use check::{checked_texts, language as checked_language, name as checked_name};
pub(crate) use hints::hints;
pub use hints::{HintIn, MAX_HINTS, forget_secret, key, make_secret};
pub use identities::{
    IdentityPatch, add_identity, change_identity, remove_identity, verify_identity,
};
pub use merge::{list_merges, merge, unmerge};
pub(crate) use owner::{
    Asking, Owned, first_address, first_identity, owner_among, owner_of, owner_of_hints,
};
pub use preview::{MergePreview, preview};
pub use speaker::{Speaker, set_speaker};
pub use suggestions::{accept, dismiss, list_suggestions, reopen, suggestions_of};
pub use throughline_core::query::CustomerQuery;

use crate::{App, AppError, page, search};

/// The order of the list: newest activity first.
const TAG: &str = "cac";

/// A page of customers that the actor may know of, newest activity first.
pub async fn list(
    app: &App,
    actor: &Actor,
    query: &CustomerQuery,
    request: &PageRequest,
) -> Result<Page<CustomerView>, AppError> {
    actor.require(Scope::CustomersRead)?;
    page::check(request)?;
    let text = query.q.as_deref().map(search::parse).transpose()?;
    let (actor, query, request) = (actor.clone(), query.clone(), request.clone());
    app.store()
        .read(move |conn| {
            let page = match &text {
                Some(text) => search::customers_matching(conn, &actor, &query, text, &request)?,
                None => {
                    let before = request.key_for(TAG)?;
                    let rows = customers::list(conn, &actor, &query, before, request.fetch())?;
                    Page::cut(rows, &request, TAG, |customer| customer.activity_key)
                }
            };
            Ok(Page { items: views(conn, page.items)?, next: page.next })
        })
        .await
}

/// One customer.
pub async fn get(app: &App, actor: &Actor, id: CustomerId) -> Result<CustomerView, AppError> {
    actor.require(Scope::CustomersRead)?;
    let actor = actor.clone();
    app.store()
        .lookup(move |conn| {
            let customer = customers::get(conn, &actor, id)?;
            view(conn, customer.ok_or_else(|| AppError::not_found("customer"))?)
        })
        .await
}

/// The records that are one customer with this one, the surviving one first, if the actor may know of
/// the customer. Whoever may know of one record knows of all.
pub(crate) fn members(
    conn: &mut Conn,
    actor: &Actor,
    id: CustomerId,
) -> Result<Vec<CustomerId>, AppError> {
    let unknown = || AppError::not_found("customer");
    let group = customers::group(conn, id)?.ok_or_else(unknown)?;
    let known =
        actor.sees == Sees::Everything || customers::get(conn, actor, group.root)?.is_some();
    if known { Ok(group.members) } else { Err(unknown()) }
}

fn view(conn: &mut Conn, customer: Customer) -> Result<CustomerView, AppError> {
    let found = views(conn, vec![customer])?.pop();
    found.ok_or_else(|| AppError::internal("a customer without its view"))
}

pub(crate) fn views(
    conn: &mut Conn,
    customers: Vec<Customer>,
) -> Result<Vec<CustomerView>, StoreError> {
    let roots: Vec<CustomerId> = customers.iter().map(|c| c.id).collect();
    let mut merged = customers::merged_into(conn, &roots)?;
    let others = merged.values().flatten().map(|record| record.id);
    let ids: Vec<CustomerId> = roots.iter().copied().chain(others).collect();
    let mut identities = identities_of::of_customers(conn, &ids)?;
    let mut tags = tags::of_customers(conn, &ids)?;
    let view = |customer: Customer| {
        let others = merged.remove(&customer.id).unwrap_or_default();
        let all = || std::iter::once(customer.id).chain(others.iter().map(|record| record.id));
        let mut own: Vec<Identity> =
            all().flat_map(|id| identities.remove(&id).unwrap_or_default()).collect();
        own.sort_by_key(|identity| identity.id);
        let mut borne: Vec<Tag> =
            all().flat_map(|id| tags.remove(&id).unwrap_or_default()).collect();
        borne.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        borne.dedup_by_key(|tag| tag.id);
        CustomerView {
            merged: others.iter().map(|record| record.id).collect(),
            identities: own,
            tags: borne,
            customer: customer.filled_from(&others),
        }
    };
    Ok(customers.into_iter().map(view).collect())
}
