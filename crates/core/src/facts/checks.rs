//! Check digits: IBANs, parcels of the post and of UPS.

/// The length of an IBAN by country, from the registry of ISO 13616.
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 \
    CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 \
    IE22 IL23 IQ23 IR26 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 \
    MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 \
    SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// How long an IBAN of this country is; `None` for a country that has none. `text` begins with the two
/// letters of the country, in lower case.
pub fn iban_length(text: &str) -> Option<usize> {
    let country = text.get(..2)?.to_ascii_uppercase();
    let found = IBAN_LENGTHS.split_whitespace().find(|entry| entry.starts_with(&country))?;
    found.get(2..)?.parse().ok()
}

/// Whether a lower-case text without spaces is an IBAN: the length of its country, and the remainder 1
/// by ISO 7064 mod 97-10.
pub fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    if iban_length(text) != Some(text.len()) || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    if !bytes.iter().skip(2).take(2).all(u8::is_ascii_digit) {
        return false;
    }
    let turned = bytes.iter().skip(4).chain(bytes.iter().take(4));
    let rest = turned.fold(0_u32, |rest, b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b.to_ascii_lowercase() - b'a') + 10) % 97,
    });
    rest == 1
}

/// The weights of the check digit of the standard S10 of the Universal Postal Union.
const S10_WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];

/// Whether a lower-case text is a number of the post: two letters, nine digits of which the last checks
/// the others, and the two letters of a country (UPU S10).
pub fn is_postal(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(service), Some(digits), Some(country)) =
        (bytes.get(..2), bytes.get(2..11), bytes.get(11..13))
    else {
        return false;
    };
    let letters = service.iter().chain(country).all(u8::is_ascii_lowercase);
    if bytes.len() != 13 || !letters || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let values = digits.iter().map(|b| u32::from(b - b'0'));
    let sum: u32 = values.zip(S10_WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let expected = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        other => other,
    };
    digits.last().map(|b| u32::from(b - b'0')) == Some(expected)
}

/// Whether a lower-case text is a number of UPS: `1Z` and sixteen more, the last of which checks the
/// others (letters count as their code less 63, modulo 10; every second one twice).
pub fn is_ups(text: &str) -> bool {
    let Some(body) = text.strip_prefix("1z").map(str::as_bytes) else { return false };
    let Some((check, rest)) = body.split_last() else { return false };
    if rest.len() != 15 || !check.is_ascii_digit() || !rest.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let value = |b: u8| match b {
        b'0'..=b'9' => u32::from(b - b'0'),
        _ => u32::from(b.to_ascii_uppercase() - 63) % 10,
    };
    let sum: u32 = rest.iter().enumerate().map(|(i, b)| value(*b) * (1 + (i as u32 & 1))).sum();
    (10 - sum % 10) % 10 == u32::from(check - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_digit_is_seen() {
        for (good, check) in [
            ("de89370400440532013000", is_iban as fn(&str) -> bool),
            ("ir580540105180021273113007", is_iban),
            ("gb82west12345698765432", is_iban),
            ("rr382917466tr", is_postal),
            ("1z999aa10123456784", is_ups),
        ] {
            assert!(check(good), "{good}");
            for (at, b) in good.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()).skip(1) {
                let mut wrong = good.as_bytes().to_vec();
                wrong[at] = if b == b'9' { b'0' } else { b + 1 };
                assert!(!check(std::str::from_utf8(&wrong).unwrap()), "{good} at {at}");
            }
            assert!(!check(&good[1..]));
        }
        assert!(!is_iban("xx89370400440532013000"));
    }
}
