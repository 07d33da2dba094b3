//! Mails written for the suites.

/// A mail with the given parts and no more.
pub fn mail(from: &str, id: &str, subject: &str, extra: &str, body: &str) -> String {
    format!(
        "From: {from}\nTo: support@throughline.example\nMessage-ID: <{id}>\nSubject: {subject}\n\
         Date: Sun, 22 Nov 2026 08:30:00 +0000\nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n{extra}\n{body}\n"
    )
}
