//! Shows what a channel's decoder makes of a payload, and which of its leaves it does not read:
//! `cargo run -p throughline-ingest --example decode -- telegram '{"bot_id":"1"}' payload.json …`

#[path = "../tests/channels/leaves.rs"]
#[allow(clippy::expect_used, dead_code, reason = "it is made for the tests, which use all of it")]
mod leaves;

use throughline_ingest::hooks::Account;
use throughline_ingest::registry;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (name, settings) = (arguments.next(), arguments.next());
    let (name, settings) = name.zip(settings).ok_or("which channel, and with which settings?")?;
    let kind = registry::named(&name).ok_or("there is no such channel")?;
    let account = Account { settings: serde_json::from_str(&settings)?, ..Account::default() };
    let decoder = (kind.decoder)(&account)?;
    for path in arguments {
        let bytes = std::fs::read(&path)?;
        println!("== {path}\n{:#}", leaves::said(decoder.as_ref(), &bytes));
        println!("-- not read: {}", leaves::unread(decoder.as_ref(), &bytes).join(" "));
    }
    Ok(())
}
