//! The block of `From:`, `Sent:`, `To:`, `Subject:` that Outlook and others put
//! above the history, in the language of the sender.

use crate::reply::fields::{Field, field};
use crate::reply::lines::Lines;

/// How many lines a block may be spread over, wrapped ones included.
const MAX_LINES: usize = 14;
/// How many lines in a row may be no field: wrapped recipients.
const MAX_FOREIGN: usize = 2;

/// Whether a block starts here: the sender and two more fields, the date and
/// all the rest, or two whose values leave no doubt. `From: Berlin`, `To: Oslo`
/// and a date are a journey: there must be a subject or an address.
pub fn find(lines: &Lines<'_>, at: usize) -> Option<()> {
    let first = field(&lines.get(at)?.folded)?;
    let mut seen = Seen::default();
    seen.add(first);
    let mut sure = usize::from(is_sure(first, &lines.get(at)?.folded));
    let mut foreign = 0;
    for index in at + 1..at + MAX_LINES {
        let Some(line) = lines.get(index).filter(|line| !line.quoted) else { break };
        match field(&line.folded) {
            Some(field) => {
                sure += usize::from(field != first && is_sure(field, &line.folded));
                seen.add(field);
                foreign = 0;
            }
            None if line.is_empty() => {}
            None if foreign < MAX_FOREIGN => foreign += 1,
            None => break,
        }
        if seen.enough(first) && (seen.subject || sure > 0)
            || sure >= 2 && matches!(first, Field::From | Field::Date | Field::Sent)
        {
            return Some(());
        }
    }
    None
}

/// Whether the value of a field is one that people do not write by hand: an
/// address, or a date with a time and a zone.
fn is_sure(field: Field, folded: &str) -> bool {
    match field {
        Field::From | Field::To => folded.contains('@'),
        Field::Date => folded.matches(':').count() >= 3 && folded.contains([',', '+']),
        Field::Sent => folded.contains(char::is_numeric),
        Field::Subject => false,
    }
}

/// Which fields a block has so far.
#[derive(Default)]
struct Seen {
    from: bool,
    date: bool,
    to: bool,
    subject: bool,
}

impl Seen {
    fn add(&mut self, field: Field) {
        match field {
            Field::From => self.from = true,
            Field::Date | Field::Sent => self.date = true,
            Field::To => self.to = true,
            Field::Subject => self.subject = true,
        }
    }

    fn enough(&self, first: Field) -> bool {
        let count =
            [self.from, self.date, self.to, self.subject].iter().filter(|seen| **seen).count();
        self.from && count >= if matches!(first, Field::From) { 3 } else { 4 }
    }
}
