//! Which secret belongs to which account. A stored secret is used only for the host and the user that
//! it was given for: else whoever may change settings could have it sent to a server of his own.

use throughline_core::mail_settings::{MailServer, MailSettings, SignIn};

use super::{MailCredentials, MailSecret};
use crate::AppError;

/// The secrets after a change: those given, else those stored, as far as they still belong.
pub(super) fn merged(
    before: Option<(&MailSettings, &MailCredentials)>,
    after: &MailSettings,
    given: MailCredentials,
) -> Result<MailCredentials, AppError> {
    let (old, stored) = before.unzip();
    let fresh = given.incoming.is_some();
    let server = after.incoming.as_ref().map(|incoming| &incoming.server);
    let kept = same(old.and_then(|o| o.incoming.as_ref()).map(|i| &i.server), server)
        .then(|| stored.and_then(|s| s.incoming.clone()));
    let incoming = given.incoming.or(kept.flatten());
    if let Some(server) = server {
        fits(server, incoming.as_ref(), &INCOMING)?;
    } else if fresh {
        return Err(AppError::invalid("incoming", "a secret needs the server it is for"));
    }

    let server = after.outgoing.as_ref().map(|outgoing| &outgoing.server);
    let unchanged = same(old.and_then(|o| o.outgoing.as_ref()).map(|o| &o.server), server);
    let kept = unchanged.then(|| stored.and_then(|s| s.outgoing.clone())).flatten();
    if given.outgoing.is_some() && server.is_some_and(|server| server.sign_in == SignIn::None) {
        return Err(AppError::invalid("outgoing.sign_in", "without a sign-in there is no secret"));
    }
    let outgoing = given.outgoing.or(kept);
    let Some(server) = server else {
        return match outgoing {
            Some(_) => Err(AppError::invalid("outgoing", "a secret needs the server it is for")),
            None => Ok(MailCredentials { incoming, outgoing: None }),
        };
    };
    // The secret for fetching serves for sending too, if it was given just now or has served before.
    let lent = (fresh || unchanged).then_some(incoming.as_ref()).flatten();
    fits(server, outgoing.as_ref().or(lent), &OUTGOING)?;
    Ok(MailCredentials { incoming, outgoing })
}

/// Whether it is the same account. With another way to sign in it is not: a secret is not tried on a
/// server that was never to have it.
fn same(before: Option<&MailServer>, after: Option<&MailServer>) -> bool {
    before.zip(after).is_some_and(|(before, after)| {
        before.host == after.host && before.user == after.user && before.sign_in == after.sign_in
    })
}

/// The fields to blame.
struct Fields {
    password: &'static str,
    grant: &'static str,
}

const INCOMING: Fields = Fields { password: "incoming.password", grant: "incoming.grant" };
const OUTGOING: Fields = Fields { password: "outgoing.password", grant: "outgoing.grant" };

fn fits(server: &MailServer, secret: Option<&MailSecret>, fields: &Fields) -> Result<(), AppError> {
    let missing = "give it (again): none is stored for this host, user and way to sign in";
    match (server.sign_in, secret) {
        (SignIn::None, _)
        | (SignIn::Password, Some(MailSecret::Password(_)))
        | (SignIn::Oauth2, Some(MailSecret::Grant(_))) => Ok(()),
        (SignIn::Password, None) => Err(AppError::invalid(fields.password, missing)),
        (SignIn::Oauth2, None) => Err(AppError::invalid(fields.grant, missing)),
        (SignIn::Password, Some(_)) => {
            Err(AppError::invalid(fields.password, "sign_in is password: give a password"))
        }
        (SignIn::Oauth2, Some(_)) => {
            Err(AppError::invalid(fields.grant, "sign_in is oauth2: give a grant"))
        }
    }
}

#[cfg(test)]
mod tests {
    use throughline_core::mail_settings::{IncomingMail, OutgoingServer, Security};

    use super::*;
    use crate::Secret;

    fn server(host: &str, user: &str, sign_in: SignIn) -> MailServer {
        let security = Security::Tls;
        MailServer { host: host.into(), port: 993, security, sign_in, user: user.into() }
    }

    fn settings(incoming: Option<MailServer>, outgoing: Option<MailServer>) -> MailSettings {
        let incoming = incoming.map(|server| {
            let server = serde_json::to_value(server).unwrap();
            serde_json::from_value::<IncomingMail>(serde_json::json!({ "server": server })).unwrap()
        });
        let outgoing = outgoing.map(|server| OutgoingServer { server, per_hour: 1, burst: 1 });
        MailSettings { incoming, outgoing, ..MailSettings::default() }
    }

    fn secret(text: &str) -> Option<MailSecret> {
        Some(MailSecret::Password(Secret::from(text)))
    }

    fn mail(host: &str) -> MailServer {
        server(host, "me", SignIn::Password)
    }

    fn none() -> MailCredentials {
        MailCredentials::default()
    }

    #[test]
    fn a_stored_secret_stays_with_its_account() {
        let before = settings(Some(mail("a")), Some(mail("b")));
        let stored = MailCredentials { incoming: secret("in"), outgoing: secret("out") };
        let had = Some((&before, &stored));
        assert_eq!(merged(had, &before, none()).unwrap(), stored);
        let field = |after: &MailSettings| merged(had, after, none()).unwrap_err().field;
        let elsewhere = settings(Some(mail("evil")), Some(mail("b")));
        assert_eq!(field(&elsewhere), Some("incoming.password"));
        let other_user = server("a", "you", SignIn::Password);
        assert_eq!(field(&settings(Some(other_user), None)), Some("incoming.password"));
        let elsewhere = settings(Some(mail("a")), Some(mail("evil")));
        assert_eq!(field(&elsewhere), Some("outgoing.password"));
    }

    #[test]
    fn the_secret_for_fetching_is_not_lent_to_a_new_server_behind_its_owners_back() {
        let before = settings(Some(mail("a")), None);
        let stored = MailCredentials { incoming: secret("in"), outgoing: None };
        let after = settings(Some(mail("a")), Some(mail("evil")));
        let had = Some((&before, &stored));
        assert_eq!(merged(had, &after, none()).unwrap_err().field, Some("outgoing.password"));
        // Not by the detour of a server without a sign-in either.
        let open = server("evil", "me", SignIn::None);
        let between = settings(Some(mail("a")), Some(open));
        let held = merged(had, &between, none()).unwrap();
        let refused = merged(Some((&between, &held)), &after, none()).unwrap_err();
        assert_eq!(refused.field, Some("outgoing.password"));
        // Given now, it serves for both, and goes on to.
        let given = MailCredentials { incoming: secret("in"), outgoing: None };
        let held = merged(had, &after, given).unwrap();
        assert_eq!(held.outgoing, None);
        assert_eq!(merged(Some((&after, &held)), &after, none()).unwrap(), held);
    }

    #[test]
    fn a_secret_of_the_wrong_kind_is_refused() {
        let after = settings(Some(server("a", "me", SignIn::Oauth2)), None);
        let given = MailCredentials { incoming: secret("x"), outgoing: None };
        assert_eq!(merged(None, &after, given).unwrap_err().field, Some("incoming.grant"));
        let given = MailCredentials { incoming: None, outgoing: secret("x") };
        assert!(merged(None, &settings(None, None), given.clone()).is_err(), "no server for it");
        let after = settings(None, Some(server("a", "", SignIn::None)));
        assert_eq!(merged(None, &after, given).unwrap_err().field, Some("outgoing.sign_in"));
    }
}
