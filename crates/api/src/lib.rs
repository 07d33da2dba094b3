//! The REST API: routes, wire types, the error table and OpenAPI.
