//! Mounting routes: into an application that serves them, or into the document that tells of them.
//!
//! The two are done apart. Each worker of the web server mounts all routes, and the forms of all that they
//! take and answer, made once more for each, were more than half of the memory that an idle server held.

use actix_web::Route;
use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa::openapi::path::Paths;
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};
use utoipa_actix_web::OpenApiFactory;

/// Takes routes.
pub struct ServiceConfig<'a> {
    actix: &'a mut web::ServiceConfig,
    told: Option<&'a mut Told>,
}

/// What routes tell of themselves.
#[derive(Default)]
pub struct Told {
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl<'a> ServiceConfig<'a> {
    /// Takes routes to serve them.
    pub fn serving(actix: &'a mut web::ServiceConfig) -> Self {
        Self { actix, told: None }
    }

    /// Takes routes to tell of them.
    pub fn telling(actix: &'a mut web::ServiceConfig, told: &'a mut Told) -> Self {
        Self { actix, told: Some(told) }
    }

    /// Takes a route with its part of the document.
    pub fn service<F>(&mut self, factory: F) -> &mut Self
    where
        F: HttpServiceFactory + OpenApiFactory + 'static,
    {
        if let Some(told) = &mut self.told {
            told.paths.merge(factory.paths());
            factory.schemas(&mut told.schemas);
        }
        self.actix.service(factory);
        self
    }

    /// Takes the routes of a file.
    pub fn configure(&mut self, routes: impl FnOnce(&mut ServiceConfig<'_>)) -> &mut Self {
        routes(self);
        self
    }

    /// Takes a route of which the document says nothing.
    pub fn route(&mut self, path: &str, route: Route) -> &mut Self {
        self.actix.route(path, route);
        self
    }
}

impl Told {
    /// Puts it into a document, each address behind `prefix`.
    pub fn into_document(self, prefix: &str, document: &mut OpenApi) {
        for (path, item) in self.paths.paths {
            document.paths.paths.insert(format!("{prefix}{path}"), item);
        }
        let components = document.components.get_or_insert_with(Components::new);
        components.schemas.extend(self.schemas);
    }
}
