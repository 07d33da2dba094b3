//! Customers: list and read here; make and change, and whose a message is, in the modules below.

mod change;
mod check;
mod hinted;
mod owner;

use throughline_core::actor::{Actor, Scope};
use throughline_core::customer::{Customer, CustomerView};
use throughline_core::id::CustomerId;
use throughline_core::page::{Page, PageRequest};
use throughline_store::{Conn, StoreError, customers, identities, tags};

pub(crate) use change::check_organization;
pub use change::{CustomerPatch, NewCustomer, create, update};
pub use check::MAX_NAME;
pub(crate) use check::{checked_texts, language as checked_language, name as checked_name};
pub(crate) use hinted::{add_hinted, make_hinted};
pub(crate) use owner::owner_of;
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
    let mut query = query.clone();
    if let Some(email) = &query.email {
        query.email = Some(check::email("email", email)?.to_string());
    }
    let (actor, request) = (actor.clone(), request.clone());
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

fn view(conn: &mut Conn, customer: Customer) -> Result<CustomerView, AppError> {
    let found = views(conn, vec![customer])?.pop();
    found.ok_or_else(|| AppError::internal("a customer without its view"))
}

fn views(conn: &mut Conn, customers: Vec<Customer>) -> Result<Vec<CustomerView>, StoreError> {
    let ids: Vec<CustomerId> = customers.iter().map(|c| c.id).collect();
    let mut identities = identities::of_customers(conn, &ids)?;
    let mut tags = tags::of_customers(conn, &ids)?;
    let view = |customer: Customer| CustomerView {
        identities: identities.remove(&customer.id).unwrap_or_default(),
        tags: tags.remove(&customer.id).unwrap_or_default(),
        customer,
    };
    Ok(customers.into_iter().map(view).collect())
}
