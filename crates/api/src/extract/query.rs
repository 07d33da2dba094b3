//! Query parameters: each by its name, checked, with the name in every complaint.
//!
//! Lists are written as repeated parameters or with commas (`status=open,waiting`). Parameters
//! that an operation does not know are refused before the handler, by `fallback::known_parameters`.

use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use crate::problem::Problem;

/// The most values of one list.
const MAX_VALUES: usize = 100;

/// The parameters of a request, decoded.
#[derive(Debug, Default)]
pub struct Params(Vec<(String, String)>);

/// Query parameters as a type.
#[derive(Debug)]
pub struct Asked<T>(pub T);

/// A type that is read from query parameters; made with [`from_query`].
pub trait FromQuery: Sized {
    /// The names of its parameters.
    const NAMES: &'static [&'static str];

    /// Reads it.
    fn from_query(params: &Params) -> Result<Self, Problem>;
}

impl Params {
    /// Decodes `a=1&b=2`.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(query);
        let pairs = pairs.map_err(|e| Problem::new("invalid_parameter", e.to_string()))?;
        match pairs.iter().find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => Err(wrong(name, "a text cannot hold the character NUL")),
            None => Ok(Self(pairs.into_inner())),
        }
    }

    /// Parameters that came by another way than an address.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All of them, in their order.
    pub fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// The names given, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that may be absent.
    pub fn maybe<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let mut values = self.values(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(wrong(name, "give it once"));
        }
        first.map(|text| read(name, text)).transpose()
    }

    /// A parameter that must be there.
    pub fn one<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, Problem> {
        self.maybe(name)?.ok_or_else(|| wrong(name, "it is required"))
    }

    /// A list: repeated, with commas, or both.
    pub fn many<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Vec<T>, Problem> {
        let texts: Vec<&str> = self.values(name).flat_map(|v| v.split(',')).collect();
        if texts.len() > MAX_VALUES {
            return Err(wrong(name, format!("at most {MAX_VALUES} values")));
        }
        texts.into_iter().map(|text| read(name, text)).collect()
    }
}

fn read<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|e: T::Err| wrong(name, e))
}

fn wrong(name: &str, why: impl Display) -> Problem {
    let code = if name == "cursor" { "invalid_cursor" } else { "invalid_parameter" };
    Problem::new(code, format!("{name}: {why}")).at(name)
}

impl<T: FromQuery> FromRequest for Asked<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let params = Params::parse(request.query_string());
        ready(params.and_then(|p| T::from_query(&p)).map(Self))
    }
}

/// Says how each field of a query type is read: `one`, `maybe` or `many`. A field without a line
/// here does not compile.
macro_rules! from_query {
    ($name:ident { $($field:ident: $how:ident),+ $(,)? }) => {
        impl $crate::extract::FromQuery for $name {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),+];

            fn from_query(
                params: &$crate::extract::Params,
            ) -> Result<Self, $crate::problem::Problem> {
                Ok(Self { $($field: params.$how(stringify!($field))?),+ })
            }
        }
    };
}

pub(crate) use from_query;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_repeated_or_with_commas() {
        let params = Params::parse("n=1&n=2,3&m=4&n=5").unwrap();
        assert_eq!(params.many::<u8>("n").unwrap(), [1, 2, 3, 5]);
        assert!(params.many::<u8>("absent").unwrap().is_empty());
        assert_eq!(params.many::<bool>("n").unwrap_err().code(), "invalid_parameter");
    }

    #[test]
    fn a_single_value_is_given_once() {
        let params = Params::parse("a=1&b=2&b=3&c=%C5%9F").unwrap();
        assert_eq!(params.maybe::<u8>("a").unwrap(), Some(1));
        assert_eq!(params.one::<String>("c").unwrap(), "ş");
        assert!(params.maybe::<u8>("b").is_err());
        assert!(params.one::<u8>("d").is_err());
        assert!(Params::parse("q=a%00b").is_err());
    }
}
