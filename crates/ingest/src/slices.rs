//! The parts of a JSON value as they were written: what a platform lists in an answer is kept byte for
//! byte, as its hook would have brought it.

use serde::de::{DeserializeOwned, IgnoredAny};

/// The elements of the list under this name in a JSON object, as they were written. `None` when the bytes
/// hold no such list, or are no JSON as far as they are read.
pub(crate) fn elements<'a>(json: &'a [u8], name: &str) -> Option<Vec<&'a [u8]>> {
    let mut rest = after(json, b'{')?;
    loop {
        let (key, length) = next::<String>(rest)?;
        rest = after(rest.get(length..)?, b':')?;
        if key == name {
            return list(rest);
        }
        let (IgnoredAny, length) = next(rest)?;
        rest = after(rest.get(length..)?, b',')?;
    }
}

fn list(json: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = after(json, b'[')?;
    let mut found = Vec::new();
    if after(rest, b']').is_some() {
        return Some(found);
    }
    loop {
        let (IgnoredAny, length) = next(rest)?;
        let (element, behind) = rest.split_at_checked(length)?;
        found.push(element.trim_ascii());
        match after(behind, b',') {
            Some(more) => rest = more,
            None => return after(behind, b']').map(|_| found),
        }
    }
}

/// The value at the beginning, and where it ends.
fn next<T: DeserializeOwned>(json: &[u8]) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_slice(json).into_iter::<T>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

/// What follows this sign, which has to come first.
fn after(json: &[u8], sign: u8) -> Option<&[u8]> {
    json.trim_ascii_start().strip_prefix(&[sign])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(json: &str) -> Option<Vec<&str>> {
        let found = elements(json.as_bytes(), "result")?;
        Some(found.into_iter().map(|part| std::str::from_utf8(part).unwrap()).collect())
    }

    #[test]
    fn the_elements_of_a_list_are_as_they_were_written() {
        let json = "{ \"ok\" : true,\n\"note\":\"],}\",\"result\":[ {\"b\":1.0,\n \"a\":\"]\\\"\"} ,7,[1,2],\"x\", null ] }";
        let expected = ["{\"b\":1.0,\n \"a\":\"]\\\"\"}", "7", "[1,2]", "\"x\"", "null"];
        assert_eq!(texts(json).unwrap(), expected);
        assert_eq!(texts("{\"result\":[]}").unwrap(), Vec::<&str>::new());
        assert_eq!(texts("{\"result\":[ {\"result\":[1]} ]}").unwrap(), ["{\"result\":[1]}"]);
    }

    #[test]
    fn what_holds_no_such_list_is_told() {
        for bad in ["", "[]", "{}", "{\"ok\":true}", "{\"result\":{}}", "{\"result\":[1,]}"] {
            assert_eq!(texts(bad), None, "{bad}");
        }
        for cut in
            ["{\"result\":[1", "{\"result\":[1 2]}", "{\"result\"", "{\"ok\":tru,\"result\":[]}"]
        {
            assert_eq!(texts(cut), None, "{cut}");
        }
    }
}
