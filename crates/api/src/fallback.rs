//! What the document does not know: addresses (404), methods (405) and query parameters (400).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};
use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

use crate::extract::Params;
use crate::pages;
use crate::problem::Problem;
use crate::state::ApiState;

/// Answers the other methods of an address that only takes POST, and stands beside one with an id: they
/// would be taken for those of an id.
pub async fn only_post() -> Result<HttpResponse, Problem> {
    Err(Problem::method_not_allowed("POST".to_owned()))
}

/// The same for an address that is only read.
pub async fn only_get() -> Result<HttpResponse, Problem> {
    Err(Problem::method_not_allowed("GET".to_owned()))
}

/// The addresses of the document with their methods and each method's query parameters.
#[derive(Debug, Default)]
pub struct RouteTable(HashMap<String, BTreeMap<&'static str, BTreeSet<String>>>);

impl RouteTable {
    /// Reads it off the document.
    pub fn new(document: &OpenApi) -> Self {
        let read = |(path, item): (&String, &PathItem)| (path.clone(), methods_of(item));
        Self(document.paths.paths.iter().map(read).collect())
    }

    /// The methods that an address (as asked, not a template) knows.
    pub fn methods(&self, path: &str) -> Vec<&'static str> {
        // An exact address wins over a template that would fit it too.
        let exact = self.0.get(path).into_iter();
        let fitting = || self.0.iter().filter(|(t, _)| fits(t, path)).map(|(_, m)| m);
        let mut found = exact.chain(fitting());
        found.next().map(|m| m.keys().copied().collect()).unwrap_or_default()
    }

    /// The first query parameter that the operation does not know.
    fn stranger(&self, template: &str, method: &str, params: &Params) -> Option<String> {
        let known = self.0.get(template)?.get(method)?;
        params.names().find(|name| !known.contains(*name)).map(str::to_owned)
    }
}

fn methods_of(item: &PathItem) -> BTreeMap<&'static str, BTreeSet<String>> {
    let operations: [(&'static str, &Option<Operation>); 6] = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PATCH", &item.patch),
        ("PUT", &item.put),
        ("DELETE", &item.delete),
        ("HEAD", &item.head),
    ];
    let present = operations.into_iter().filter_map(|(m, o)| o.as_ref().map(|o| (m, o)));
    present.map(|(method, operation)| (method, query_names(operation))).collect()
}

fn query_names(operation: &Operation) -> BTreeSet<String> {
    let parameters = operation.parameters.iter().flatten();
    // None is a reference: parameters are written where they are used.
    let written = parameters.filter_map(|p| match p {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    let queries = written.filter(|p| matches!(p.parameter_in, ParameterIn::Query));
    queries.map(|p| p.name.clone()).collect()
}

/// Whether an address fits a template such as `/tickets/{id}`.
fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut got) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), got.next()) {
            (None, None) => return true,
            (Some(w), Some(g)) if w == g || (w.starts_with('{') && !g.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Answers what no route took.
pub async fn unrouted(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let methods = state.routes.methods(request.path());
    if methods.is_empty() {
        let nothing = || Problem::new("unknown_route", "there is nothing at this address");
        return pages::answer(&request, &state).ok_or_else(nothing);
    }
    Err(Problem::method_not_allowed(methods.join(", ")))
}

/// Refuses query parameters that the operation does not know, before it runs: a mistyped filter
/// must not list everything.
pub async fn known_parameters(
    state: Data<ApiState>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Err(problem) = check(&state, &request) {
        return Ok(request.error_response(problem).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

fn check(state: &ApiState, request: &ServiceRequest) -> Result<(), Problem> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    let params = Params::parse(request.query_string())?;
    let template = request.match_pattern().unwrap_or_default();
    match state.routes.stranger(&template, request.method().as_str(), &params) {
        None => Ok(()),
        Some(name) => {
            let shown: String = name.chars().take(40).collect();
            let detail = format!("this operation knows no parameter '{shown}'");
            Err(Problem::new("invalid_parameter", detail).at(shown))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_fit_whole_segments() {
        assert!(fits("/t/{id}", "/t/tkt_1") && fits("/t", "/t"));
        assert!(!fits("/t/{id}", "/t") && !fits("/t/{id}", "/t/") && !fits("/t/{id}", "/t/1/x"));
    }

    #[test]
    fn the_document_is_the_law() {
        let table = RouteTable::new(&crate::document::build());
        assert_eq!(table.methods("/api/v1/tickets"), ["GET", "POST"]);
        assert_eq!(table.methods("/api/v1/tickets/bulk"), ["POST"]);
        assert!(table.methods("/api/v1/nothing").is_empty());
        let known = Params::parse("limit=1&status=open").unwrap();
        assert_eq!(table.stranger("/api/v1/tickets", "GET", &known), None);
        let unknown = Params::parse("limit=1&stauts=open").unwrap();
        let found = table.stranger("/api/v1/tickets", "GET", &unknown);
        assert_eq!(found.as_deref(), Some("stauts"));
    }
}
