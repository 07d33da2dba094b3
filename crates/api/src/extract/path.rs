//! Ids and numbers in the address.

use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::problem::Problem;

/// The `{id}` of the address.
#[derive(Debug)]
pub struct Id<T>(pub T);

/// The `{kind}` of the address.
#[derive(Debug)]
pub struct Kind<T>(pub T);

/// The `{number}` of the address: a human ticket number.
#[derive(Debug)]
pub struct Number(pub i64);

impl<T: FromStr<Err: Display>> FromRequest for Id<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(part(request, "id").map(Self))
    }
}

impl<T: FromStr<Err: Display>> FromRequest for Kind<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(part(request, "kind").map(Self))
    }
}

impl FromRequest for Number {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let number = part(request, "number").and_then(|n: i64| match n {
            1.. => Ok(Self(n)),
            _ => Err(Problem::new("invalid_id", "expected a number from 1").at("number")),
        });
        ready(number)
    }
}

fn part<T: FromStr<Err: Display>>(request: &HttpRequest, name: &str) -> Result<T, Problem> {
    let text = request.match_info().get(name).unwrap_or_default();
    text.parse().map_err(|e: T::Err| Problem::new("invalid_id", e.to_string()).at(name))
}
