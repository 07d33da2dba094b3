//! Servers of well-known mail providers, found by the domain of an address. Only what the providers
//! themselves publish stands here; what is not sure is left out, and nothing is looked up.

use crate::mail_settings::{MailServer, Security, SignIn};

/// What an admin would otherwise have to look up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The provider's name.
    pub provider: &'static str,
    /// The IMAP server.
    pub incoming: MailServer,
    /// The SMTP server.
    pub outgoing: MailServer,
    /// Whether the provider takes `name+anything@`.
    pub plus_addressing: bool,
    /// What has to be done there first, for the admin to read.
    pub hint: &'static str,
}

/// One provider: the domains of its addresses, or endings of them that begin with a dot.
struct Provider {
    name: &'static str,
    domains: &'static [&'static str],
    imap: (&'static str, u16, Security),
    smtp: (&'static str, u16, Security),
    sign_in: SignIn,
    plus_addressing: bool,
    hint: &'static str,
}

const IMAPS: u16 = 993;
const SMTPS: u16 = 465;
const SUBMISSION: u16 = 587;

const APP_PASSWORD: &str =
    "Make an app password in the security settings of the account; the usual password is refused.";
const APP_PASSWORD_AND_IMAP: &str = "Turn on IMAP in the mail settings of the account and make an \
     app password; the usual password may be refused.";
const IMAP_FIRST: &str = "Allow access by IMAP in the mail settings of the account first.";
const MICROSOFT: &str = "Microsoft takes no passwords here: register an application, let an admin \
     consent to IMAP.AccessAsUser.All and SMTP.Send, and give its refresh token. SMTP sign-in must be \
     allowed for the mailbox (“Authenticated SMTP”).";

const fn tls(host: &'static str, port: u16) -> (&'static str, u16, Security) {
    (host, port, Security::Tls)
}

const fn start_tls(host: &'static str, port: u16) -> (&'static str, u16, Security) {
    (host, port, Security::StartTls)
}

/// A provider with TLS on the usual ports and passwords, as most are.
const fn usual(
    name: &'static str,
    domains: &'static [&'static str],
    hosts: (&'static str, &'static str),
    hint: &'static str,
) -> Provider {
    let (imap, smtp) = (tls(hosts.0, IMAPS), tls(hosts.1, SMTPS));
    let (sign_in, plus_addressing) = (SignIn::Password, false);
    Provider { name, domains, imap, smtp, sign_in, plus_addressing, hint }
}

const PROVIDERS: &[Provider] = &[
    Provider {
        plus_addressing: true,
        ..usual(
            "Gmail",
            &["gmail.com", "googlemail.com"],
            ("imap.gmail.com", "smtp.gmail.com"),
            "Turn on 2-step verification and make an app password; the usual password is refused. \
             An address of Google Workspace under a domain of your own uses the same servers.",
        )
    },
    Provider {
        name: "Outlook.com",
        domains: &[
            "outlook.com",
            "outlook.com.tr",
            "outlook.de",
            "outlook.fr",
            "hotmail.com",
            "hotmail.com.tr",
            "hotmail.co.uk",
            "hotmail.de",
            "hotmail.fr",
            "hotmail.it",
            "live.com",
            "msn.com",
        ],
        imap: tls("outlook.office365.com", IMAPS),
        smtp: start_tls("smtp-mail.outlook.com", SUBMISSION),
        sign_in: SignIn::Oauth2,
        plus_addressing: true,
        hint: "Microsoft takes no passwords here: register an application for personal accounts with \
               IMAP.AccessAsUser.All and SMTP.Send, and give its refresh token. IMAP must be allowed \
               in the settings of the mailbox.",
    },
    Provider {
        name: "Microsoft 365",
        domains: &[".onmicrosoft.com"],
        imap: tls("outlook.office365.com", IMAPS),
        smtp: start_tls("smtp.office365.com", SUBMISSION),
        sign_in: SignIn::Oauth2,
        plus_addressing: true,
        hint: MICROSOFT,
    },
    usual(
        "Yahoo",
        &[
            "yahoo.com",
            "yahoo.com.tr",
            "yahoo.com.br",
            "yahoo.ca",
            "yahoo.co.in",
            "yahoo.co.uk",
            "yahoo.de",
            "yahoo.es",
            "yahoo.fr",
            "yahoo.it",
            "ymail.com",
            "rocketmail.com",
        ],
        ("imap.mail.yahoo.com", "smtp.mail.yahoo.com"),
        APP_PASSWORD,
    ),
    usual("AOL", &["aol.com"], ("imap.aol.com", "smtp.aol.com"), APP_PASSWORD),
    Provider {
        smtp: start_tls("smtp.mail.me.com", SUBMISSION),
        ..usual(
            "iCloud",
            &["icloud.com", "me.com", "mac.com"],
            ("imap.mail.me.com", "smtp.mail.me.com"),
            "Make an app-specific password for the Apple account. If the whole address is refused as \
             the user for fetching, give only what stands before the @.",
        )
    },
    usual(
        "Yandex",
        &["yandex.com", "yandex.com.tr", "yandex.ru", "yandex.by", "yandex.kz", "ya.ru"],
        ("imap.yandex.com", "smtp.yandex.com"),
        APP_PASSWORD_AND_IMAP,
    ),
    usual(
        "Zoho",
        &["zoho.com", "zohomail.com"],
        ("imap.zoho.com", "smtp.zoho.com"),
        APP_PASSWORD_AND_IMAP,
    ),
    usual(
        "Zoho (Europe)",
        &["zoho.eu", "zohomail.eu"],
        ("imap.zoho.eu", "smtp.zoho.eu"),
        APP_PASSWORD_AND_IMAP,
    ),
    Provider {
        plus_addressing: true,
        ..usual(
            "Fastmail",
            &["fastmail.com", "fastmail.fm"],
            ("imap.fastmail.com", "smtp.fastmail.com"),
            APP_PASSWORD,
        )
    },
    usual(
        "GMX",
        &["gmx.de", "gmx.net", "gmx.at", "gmx.ch"],
        ("imap.gmx.net", "mail.gmx.net"),
        IMAP_FIRST,
    ),
    Provider {
        smtp: start_tls("mail.gmx.com", SUBMISSION),
        ..usual("GMX.com", &["gmx.com"], ("imap.gmx.com", "mail.gmx.com"), IMAP_FIRST)
    },
    Provider {
        smtp: start_tls("smtp.web.de", SUBMISSION),
        ..usual("WEB.DE", &["web.de"], ("imap.web.de", "smtp.web.de"), IMAP_FIRST)
    },
    usual(
        "Mail.ru",
        &["mail.ru", "inbox.ru", "list.ru", "bk.ru"],
        ("imap.mail.ru", "smtp.mail.ru"),
        APP_PASSWORD,
    ),
    usual(
        "T-Online",
        &["t-online.de"],
        ("secureimap.t-online.de", "securesmtp.t-online.de"),
        "Set a password for e-mail programs in the customer centre; the usual password is refused.",
    ),
    usual(
        "mailbox.org",
        &["mailbox.org"],
        ("imap.mailbox.org", "smtp.mailbox.org"),
        "The usual password is good unless it is switched off for mail programs in the settings.",
    ),
    Provider {
        name: "Proton Mail",
        domains: &["proton.me", "protonmail.com", "pm.me"],
        imap: start_tls("127.0.0.1", 1143),
        smtp: start_tls("127.0.0.1", 1025),
        sign_in: SignIn::Password,
        plus_addressing: true,
        hint: "Proton is read through its Bridge, which must run on this machine: give the password \
               that Bridge shows, export its TLS certificate and name that file in mail.extra_roots.",
    },
];

/// The servers of the provider that this address belongs to, if it is a well-known one.
pub fn suggest(address: &str) -> Option<Suggestion> {
    let (local, domain) = address.trim().rsplit_once('@')?;
    let domain = domain.to_ascii_lowercase();
    let fits = |known: &str| known == domain || known.starts_with('.') && domain.ends_with(known);
    let found = PROVIDERS.iter().find(|p| p.domains.iter().any(|known| fits(known)))?;
    if local.is_empty() {
        return None;
    }
    let user = format!("{local}@{domain}");
    Some(Suggestion {
        provider: found.name,
        incoming: server(found.imap, found.sign_in, &user),
        outgoing: server(found.smtp, found.sign_in, &user),
        plus_addressing: found.plus_addressing,
        hint: found.hint,
    })
}

fn server(place: (&str, u16, Security), sign_in: SignIn, user: &str) -> MailServer {
    let (host, port, security) = place;
    MailServer { host: host.to_owned(), port, security, sign_in, user: user.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_provider_is_found_by_its_domain() {
        let found = suggest(" Destek@YANDEX.com.tr ").unwrap();
        assert_eq!((found.incoming.host.as_str(), found.incoming.port), ("imap.yandex.com", 993));
        assert_eq!(found.outgoing.user, "Destek@yandex.com.tr");
        let found = suggest("help@acme.onmicrosoft.com").unwrap();
        assert_eq!(found.outgoing.security, Security::StartTls);
        assert_eq!(found.incoming.sign_in, SignIn::Oauth2);
    }

    #[test]
    fn nothing_is_guessed() {
        for other in
            ["a@example.com", "gmail.com", "@gmail.com", "a@notgmail.com", "a@onmicrosoft.com", ""]
        {
            assert_eq!(suggest(other), None, "{other}");
        }
    }

    #[test]
    fn each_domain_belongs_to_one_provider_and_nothing_travels_unprotected() {
        let all: Vec<&str> = PROVIDERS.iter().flat_map(|p| p.domains.iter().copied()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for provider in PROVIDERS {
            assert!(provider.imap.2 != Security::Plain && provider.smtp.2 != Security::Plain);
            assert!(!provider.hint.is_empty() && provider.sign_in != SignIn::None);
        }
    }
}
