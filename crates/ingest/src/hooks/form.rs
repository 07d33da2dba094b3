//! Forms as browsers send them (`application/x-www-form-urlencoded`), read to the bytes that they mean.

/// A name and a value as bytes: some platforms sign them, so nothing may be replaced in them.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// The parts of a form in their order.
pub(crate) fn pairs(body: &[u8]) -> Vec<Pair> {
    let parts = body.split(|c| *c == b'&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let mut halves = part.splitn(2, |c| *c == b'=');
            let mut half = || unescape(halves.next().unwrap_or_default());
            (half(), half())
        })
        .collect()
}

/// The parts of a form as texts; what is no UTF-8 is replaced.
pub(crate) fn texts(body: &[u8]) -> Vec<(String, String)> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    pairs(body).into_iter().map(|(name, value)| (text(name), text(value))).collect()
}

/// The value of a name; the first of several.
pub(crate) fn value<'a>(parts: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = parts.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| {
        let digit = text.get(at).and_then(|c| char::from(*c).to_digit(16))?;
        u8::try_from(digit).ok()
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text.get(at) {
        match (c, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4) | low);
                at += 2;
            }
            (b'+', _, _) => bytes.push(b' '),
            _ => bytes.push(*c),
        }
        at += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_is_meant() {
        let read = texts(b"a=1+2&&b=%2B%zz%e&c&%C3%A9=%ff");
        let read: Vec<(&str, &str)> = read.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(read, [("a", "1 2"), ("b", "+%zz%e"), ("c", ""), ("é", "\u{fffd}")]);
    }
}
