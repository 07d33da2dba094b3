//! Which of the stored encodings a client takes (RFC 9110, section 12.5.3).

/// A stored encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// Its name in `Content-Encoding`; the plain bytes have none.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// What follows the name of a file that is stored in it.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

/// The encodings that the client takes, the smallest first. The plain bytes are always last: who
/// refuses even them is better served than turned away.
pub fn taken(accept_encoding: &str) -> Vec<Encoding> {
    let mut wanted: Vec<Encoding> = [Encoding::Brotli, Encoding::Gzip]
        .into_iter()
        .filter(|it| it.name().is_some_and(|name| takes(accept_encoding, name)))
        .collect();
    wanted.push(Encoding::Identity);
    wanted
}

fn takes(header: &str, name: &str) -> bool {
    let weight_of = |wanted: &str| {
        header.split(',').find_map(|part| {
            let mut parts = part.split(';').map(str::trim);
            let matches = parts.next()?.eq_ignore_ascii_case(wanted);
            let weight = parts.find_map(|it| it.strip_prefix("q=")).and_then(|it| it.parse().ok());
            matches.then_some(weight.unwrap_or(1.0_f32))
        })
    };
    weight_of(name).or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use super::{Encoding, taken};

    #[test]
    fn the_smallest_that_is_taken_comes_first() {
        use Encoding::{Brotli, Gzip, Identity};
        for (header, expected) in [
            ("gzip, deflate, br, zstd", vec![Brotli, Gzip, Identity]),
            ("gzip", vec![Gzip, Identity]),
            ("BR;q=0.5", vec![Brotli, Identity]),
            ("br;q=0, gzip;q=1.0", vec![Gzip, Identity]),
            ("*", vec![Brotli, Gzip, Identity]),
            ("*, br;q=0", vec![Gzip, Identity]),
            ("*;q=0", vec![Identity]),
            ("", vec![Identity]),
            ("br;q=nonsense", vec![Brotli, Identity]),
        ] {
            assert_eq!(taken(header), expected, "{header}");
        }
    }
}
