//! A `winmail.dat` built here, within a whole mail.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use throughline_mail::{Attachment, parse};

fn attribute(id: u32, data: &[u8]) -> Vec<u8> {
    let mut out = vec![2];
    out.extend(id.to_le_bytes());
    out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    out.extend(data);
    out.extend(data.iter().fold(0u16, |sum, &byte| sum.wrapping_add(byte.into())).to_le_bytes());
    out
}

fn container() -> Vec<u8> {
    let mut out = 0x223E_9F78_u32.to_le_bytes().to_vec();
    out.extend([1, 0]);
    out.extend(attribute(0x0006_9002, &[0; 14]));
    out.extend(attribute(0x0001_8010, b"fatura.pdf\0"));
    out.extend(attribute(0x0006_800F, b"%PDF-1.4"));
    out
}

fn mail(container: &[u8]) -> Vec<u8> {
    let mut out =
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=t\n\n--t\n\nhi\n--t\n\
        Content-Type: application/ms-tnef; name=winmail.dat\n\n"
            .to_vec();
    out.extend(container);
    out.extend(b"\n--t--\n");
    out
}

#[test]
fn files_within_are_attachments_of_their_own() {
    let attachments = parse(&mail(&container())).unwrap().attachments;
    let [outer, inner] = attachments.as_slice() else { panic!("{attachments:?}") };
    assert_eq!(outer.name.as_deref(), Some("winmail.dat"));
    let expected = Attachment {
        name: Some("fatura.pdf".to_owned()),
        media_type: "application/octet-stream".to_owned(),
        bytes: b"%PDF-1.4".to_vec(),
        from_tnef: true,
        ..Attachment::default()
    };
    assert_eq!(*inner, expected);
}

#[test]
fn a_broken_container_is_kept_as_it_is() {
    let whole = container();
    let attachments = parse(&mail(&whole[..whole.len() - 4])).unwrap().attachments;
    assert_eq!(attachments[0].name.as_deref(), Some("winmail.dat"));
}
