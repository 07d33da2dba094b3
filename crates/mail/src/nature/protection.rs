//! Whether a mail is signed or encrypted, and by what, as its structure says. No signature is
//! verified here and nothing is decrypted.

use crate::body::transfer;
use crate::headers::params::Value;
use crate::mail::{Protection, Scheme};
use crate::parse::structure::Part;

/// Armour of inline OpenPGP (RFC 9580, section 6.2), without its end: old mailers count parts there.
const ARMOUR_MESSAGE: &str = "-----BEGIN PGP MESSAGE";
/// The cleartext signature framework (RFC 9580, section 7).
const ARMOUR_SIGNED: &str = "-----BEGIN PGP SIGNED MESSAGE-----";
/// As many bytes of a body as hold the type of a CMS message, in any transfer encoding.
const CMS_START: usize = 200;
/// OIDs of CMS content types in DER (RFC 5652, sections 5.1 and 6.1; RFC 5083, section 2).
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const ENVELOPED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
const AUTH_ENVELOPED_DATA: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";

/// What protects a mail whose shown text is known. Mails attached to it say nothing about it. What
/// is both signed and encrypted counts as encrypted: only that can be seen from outside.
pub fn of(bytes: &[u8], parts: &[Part<'_>], text: &str) -> Option<Protection> {
    let own = parts.iter().filter(|part| !is_of_attached_mail(parts, part));
    let found: Vec<_> = own.filter_map(|part| of_part(bytes, parts, part)).collect();
    let encrypted = found.iter().find(|one| matches!(one, Protection::Encrypted(_)));
    encrypted.or(found.first()).copied().or_else(|| inline(text))
}

/// Whether the part, or one around it, belongs to a mail within this one.
fn is_of_attached_mail(parts: &[Part<'_>], part: &Part<'_>) -> bool {
    let parent = |part: &Part<'_>| part.parent.and_then(|index| parts.get(index));
    std::iter::successors(parent(part), |part| parent(part)).any(Part::is_message)
}

fn of_part(bytes: &[u8], parts: &[Part<'_>], part: &Part<'_>) -> Option<Protection> {
    match part.media_type.as_str() {
        "multipart/signed" => signature(parts, part).map(Protection::Signed),
        // Some servers make a multipart/mixed of the container; this part remains (RFC 3156).
        "multipart/encrypted" | "application/pgp-encrypted" => {
            Some(Protection::Encrypted(Scheme::Pgp))
        }
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => cms(bytes, part),
        // Mailers that do not know the type leave only the name (RFC 8551, section 3.9).
        "application/octet-stream" if is_named_p7m(part) => cms(bytes, part),
        _ => None,
    }
}

/// By what a `multipart/signed` is signed (RFC 1847): its protocol, or else its signature.
fn signature(parts: &[Part<'_>], part: &Part<'_>) -> Option<Scheme> {
    let declared = part.content_type.get("protocol", None).as_deref().and_then(scheme);
    let children = || part.children.iter().filter_map(|&child| parts.get(child));
    declared.or_else(|| children().find_map(|child| scheme(&child.media_type)))
}

fn scheme(signature_type: &str) -> Option<Scheme> {
    match signature_type.to_ascii_lowercase().as_str() {
        "application/pgp-signature" => Some(Scheme::Pgp),
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => Some(Scheme::Smime),
        _ => None,
    }
}

fn is_named_p7m(part: &Part<'_>) -> bool {
    let disposition = part.headers.get("Content-Disposition").map(Value::parse).unwrap_or_default();
    let name = disposition.get("filename", None).or_else(|| part.content_type.get("name", None));
    name.is_some_and(|name| name.to_ascii_lowercase().ends_with(".p7m"))
}

/// What a CMS message holds: its declared type (RFC 8551, section 3.2.2), or else its first bytes.
/// Bare certificates and compressed data protect nothing.
fn cms(bytes: &[u8], part: &Part<'_>) -> Option<Protection> {
    let declared = part.content_type.get("smime-type", None).unwrap_or_default();
    match declared.to_ascii_lowercase().as_str() {
        "enveloped-data" | "authenveloped-data" => Some(Protection::Encrypted(Scheme::Smime)),
        "signed-data" => Some(Protection::Signed(Scheme::Smime)),
        "" => cms_content(bytes, part),
        _ => None,
    }
}

fn cms_content(bytes: &[u8], part: &Part<'_>) -> Option<Protection> {
    let body = bytes.get(part.body.clone()).unwrap_or_default();
    let start = body.get(..body.len().min(CMS_START)).unwrap_or_default();
    let start = transfer::decode(&part.headers, start);
    let names = |oid: &[u8]| start.windows(oid.len()).take(20).any(|window| window == oid);
    if names(ENVELOPED_DATA) || names(AUTH_ENVELOPED_DATA) {
        return Some(Protection::Encrypted(Scheme::Smime));
    }
    names(SIGNED_DATA).then_some(Protection::Signed(Scheme::Smime))
}

/// OpenPGP within the text. What only stands somewhere in it may be quoted.
fn inline(text: &str) -> Option<Protection> {
    let text = text.trim_start();
    if text.starts_with(ARMOUR_MESSAGE) {
        return Some(Protection::Encrypted(Scheme::Pgp));
    }
    text.starts_with(ARMOUR_SIGNED).then_some(Protection::Signed(Scheme::Pgp))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    const SIGNED_PGP: Option<Protection> = Some(Protection::Signed(Scheme::Pgp));
    const ENCRYPTED_PGP: Option<Protection> = Some(Protection::Encrypted(Scheme::Pgp));
    const SIGNED_SMIME: Option<Protection> = Some(Protection::Signed(Scheme::Smime));
    const ENCRYPTED_SMIME: Option<Protection> = Some(Protection::Encrypted(Scheme::Smime));

    #[track_caller]
    fn found(content: &str) -> Option<Protection> {
        parse(format!("From: a@x.example\n{content}").as_bytes()).unwrap().protection
    }

    fn signed(protocol: &str, signature: &str) -> String {
        format!(
            "Content-Type: multipart/signed; {protocol}; boundary=s\n\n--s\n\nHello\n--s\n\
             Content-Type: {signature}\n\nsig\n--s--\n"
        )
    }

    #[test]
    fn a_signed_mail_is_told_by_its_protocol_or_its_signature() {
        let pgp = signed("protocol=\"application/pgp-signature\"", "text/plain");
        assert_eq!(found(&pgp), SIGNED_PGP);
        let smime = signed("protocol=\"Application/X-PKCS7-Signature\"", "text/plain");
        assert_eq!(found(&smime), SIGNED_SMIME);
        let bare = signed("micalg=sha-256", "application/pkcs7-signature; name=smime.p7s");
        assert_eq!(found(&bare), SIGNED_SMIME);
        assert_eq!(found(&signed("protocol=\"application/other\"", "text/plain")), None);
    }

    #[test]
    fn a_list_that_wraps_a_signed_mail_hides_nothing() {
        let inner = signed("protocol=\"application/pgp-signature\"", "application/pgp-signature");
        let wrapped = format!(
            "Content-Type: multipart/mixed; boundary=m\n\n--m\n{inner}\n--m\n\nfooter\n--m--\n"
        );
        assert_eq!(found(&wrapped), SIGNED_PGP);
        let attached = wrapped.replacen("--m\n", "--m\nContent-Type: message/rfc822\n\n", 1);
        assert_eq!(found(&attached), None, "an attached mail says nothing about this one");
    }

    #[test]
    fn the_signature_stays_a_file() {
        let signature = "application/pgp-signature; name=\"signature.asc\"";
        let raw = signed("protocol=\"application/pgp-signature\"", signature);
        let mail = parse(format!("From: a@x.example\n{raw}").as_bytes()).unwrap();
        assert_eq!(mail.text, "Hello");
        let [file] = mail.attachments.as_slice() else { panic!("one file") };
        assert_eq!(
            (file.name.as_deref(), file.bytes.as_slice()),
            (Some("signature.asc"), &b"sig"[..])
        );
    }

    #[test]
    fn an_encrypted_mail_is_told_by_its_container_or_what_is_left_of_it() {
        let parts = "boundary=e\n\n--e\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\
             --e\nContent-Type: application/octet-stream; name=encrypted.asc\n\nx\n--e--\n";
        for container in ["encrypted; protocol=\"application/pgp-encrypted\"", "mixed"] {
            assert_eq!(
                found(&format!("Content-Type: multipart/{container}; {parts}")),
                ENCRYPTED_PGP
            );
        }
        let both = format!(
            "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\n\n\
             --s\nContent-Type: multipart/mixed; {parts}\n--s\n\nsig\n--s--\n"
        );
        assert_eq!(found(&both), ENCRYPTED_PGP, "nobody can read it");
    }

    #[test]
    fn smime_is_told_by_its_type() {
        let of = |kind: &str| {
            found(&format!("Content-Type: application/pkcs7-mime; smime-type={kind}\n\nx\n"))
        };
        assert_eq!(of("enveloped-data"), ENCRYPTED_SMIME);
        assert_eq!(of("authEnveloped-data"), ENCRYPTED_SMIME);
        assert_eq!(of("signed-data"), SIGNED_SMIME);
        assert_eq!((of("certs-only"), of("compressed-data")), (None, None));
    }

    #[test]
    fn smime_without_a_type_is_told_by_its_first_bytes() {
        let encoded = "Content-Transfer-Encoding: base64\n\n";
        let (signed, enveloped) = ("MIIGJQYJKoZIhvcNAQcCoIIGFjCC", "MIIGJQYJKoZIhvcNAQcDoIIGFjCC");
        let of =
            |kind: &str, body: &str| found(&format!("Content-Type: {kind}\n{encoded}{body}\n"));
        assert_eq!(of("application/x-pkcs7-mime", signed), SIGNED_SMIME);
        assert_eq!(of("application/x-pkcs7-mime", enveloped), ENCRYPTED_SMIME);
        assert_eq!(of("application/octet-stream; name=SMIME.P7M", enveloped), ENCRYPTED_SMIME);
        assert_eq!(of("application/octet-stream; name=data.bin", enveloped), None);
        assert_eq!(of("application/pkcs7-mime", "aGVsbG8="), None);
    }

    #[test]
    fn inline_pgp_is_told_where_the_text_begins_with_it() {
        let armoured = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n";
        assert_eq!(found(&format!("\n\n{armoured}")), ENCRYPTED_PGP);
        let clear = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n";
        assert_eq!(found(&format!("\n{clear}")), SIGNED_PGP);
        assert_eq!(found(&format!("\nLook at this:\n{armoured}")), None);
        assert_eq!(found("\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n"), None);
    }
}
