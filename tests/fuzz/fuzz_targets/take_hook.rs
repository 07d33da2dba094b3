//! No request is taken for a platform's own whose signature was not made with the secret, whatever
//! stands in it; and what a hook does with one that is, it does without a panic. An input is the method
//! and the rest of the address, headers, an empty line, and the body, as in HTTP.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use throughline_core::time::Instant;
use throughline_fuzz::accounts;
use throughline_ingest::hooks::{Account, HookRequest, Taking};
use throughline_ingest::registry::ChannelType;

static ACCOUNTS: LazyLock<Vec<(&ChannelType, Account)>> = LazyLock::new(accounts);
/// The time of all requests, in seconds.
const NOW: i64 = 1_790_000_000;

fn pairs(text: &str, between: char, border: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once(border)?;
        Some((name.to_owned(), value.to_owned()))
    };
    text.split(between).filter_map(pair).collect()
}

fuzz_target!(|bytes: &[u8]| {
    let border = bytes.windows(2).position(|two| two == b"\n\n").unwrap_or(bytes.len());
    let (head, body) = bytes.split_at(border);
    let body = body.get(2..).unwrap_or_default();
    let Ok(head) = std::str::from_utf8(head) else { return };
    let (first, rest) = head.split_once('\n').unwrap_or((head, ""));
    let (method, path) = first.split_once(' ').unwrap_or(("POST", first));
    let method = ["GET", "PUT"].into_iter().find(|known| *known == method).unwrap_or("POST");
    let url = format!("https://desk.example/hooks/inbox{path}");
    let query = path.split_once('?').map(|(_, query)| pairs(query, '&', "="));
    let (query, headers) = (query.unwrap_or_default(), pairs(rest, '\n', ": "));
    let at = Instant::from_micros(NOW * 1_000_000);
    let (query, headers) = (&query[..], &headers[..]);
    let request = HookRequest { method, url: &url, tail: "", query, headers, body, at };
    for (kind, account) in ACCOUNTS.iter() {
        let Some(hook) = kind.hook else { continue };
        let is_taken = hook.verify(&request, account).is_ok();
        // As if it were signed: whoever has the secret may send anything.
        if let Ok(Taking::Recorded(kept)) = hook.receive(&request, account) {
            // A greeting may be answered without a signature, and is not kept.
            assert!(!is_taken, "{} keeps it", kind.name);
            assert!((200..300).contains(&kept.answer.status));
        }
    }
});
