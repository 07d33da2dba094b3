//! From what the SMTP dialogue gave to what that means for a mail.

use throughline_core::outgoing::{Attempt, Declined};
use throughline_outbound::email::envelope::Envelope;
use throughline_outbound::email::smtp::{Outcome, RefusedRecipient};

/// What became of a try to send to the recipients of this envelope.
pub fn attempt(outcome: Outcome, envelope: &Envelope) -> Attempt {
    match outcome {
        Outcome::Sent { .. } => Attempt::Taken(envelope.to().map(str::to_owned).collect()),
        Outcome::Partly { accepted, refused, answer: _ } => {
            let (later, refused): (Vec<_>, Vec<_>) =
                refused.into_iter().partition(|one| one.code < 500);
            let (later, refused) = (declined(later), declined(refused));
            Attempt::Partly { accepted, later, refused }
        }
        Outcome::Refused { code, words, permanent: _ } => {
            Attempt::Hopeless(format!("the server refused it: {code} {words}"))
        }
        Outcome::Deferred { code, words } => {
            Attempt::Later(format!("the server asks to come back later: {code} {words}"))
        }
        Outcome::NotSent(why) => Attempt::Later(why),
        // It may be there already. Not to send it again would lose it in the other case, and a
        // repeat is known by its Message-ID.
        Outcome::Unknown(why) => {
            Attempt::Later(format!("whether the server took it is not known: {why}"))
        }
    }
}

fn declined(refused: Vec<RefusedRecipient>) -> Vec<Declined> {
    let one = |RefusedRecipient { address, code, words }| Declined {
        address,
        words: format!("{code} {words}"),
    };
    refused.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recipient_is_judged_by_the_code_he_got() {
        let refused = |address: &str, code| RefusedRecipient {
            address: address.into(),
            code,
            words: "no".into(),
        };
        let partly = Outcome::Partly {
            accepted: vec!["a@x".into()],
            refused: vec![refused("b@x", 450), refused("c@x", 550)],
            answer: "ok".into(),
        };
        let envelope = Envelope::new("me@x.test", ["a@x.test"]).unwrap();
        let Attempt::Partly { accepted, later, refused } = attempt(partly, &envelope) else {
            panic!("it was taken for some");
        };
        assert_eq!(accepted, ["a@x"]);
        assert_eq!((later[0].address.as_str(), later[0].words.as_str()), ("b@x", "450 no"));
        assert_eq!((refused.len(), refused[0].address.as_str()), (1, "c@x"));
        let unknown = attempt(Outcome::Unknown("lost".into()), &envelope);
        assert!(matches!(unknown, Attempt::Later(words) if words.contains("not known")));
    }
}
