//! Mail domains that anybody can have an address in: they say nothing about where a person works.

/// Providers of mail for everybody. A name of one label stands for that provider in every country
/// (`yahoo.com`, `yahoo.co.uk`, `yahoo.com.tr`).
const EVERYWHERE: &[&str] = &[
    "gmail",
    "googlemail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "yahoo",
    "ymail",
    "yandex",
    "aol",
    "gmx",
    "proton",
    "protonmail",
    "tutanota",
    "zoho",
    "icloud",
];

/// Others, by their whole domain.
const WHOLE: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "arcor.de",
    "btinternet.com",
    "chmail.ir",
    "comcast.net",
    "daum.net",
    "duck.com",
    "fastmail.com",
    "fastmail.fm",
    "free.fr",
    "freenet.de",
    "hanmail.net",
    "hey.com",
    "hushmail.com",
    "inbox.lv",
    "inbox.ru",
    "bk.ru",
    "internode.on.net",
    "laposte.net",
    "libero.it",
    "list.ru",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailbox.org",
    "mailfence.com",
    "me.com",
    "mynet.com",
    "naver.com",
    "o2.pl",
    "online.de",
    "onet.pl",
    "orange.fr",
    "pm.me",
    "posteo.de",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "rocketmail.com",
    "runbox.com",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "shaw.ca",
    "sina.com",
    "superonline.com",
    "t-online.de",
    "terra.com.br",
    "ttmail.com",
    "tutamail.com",
    "tuta.io",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "ya.ru",
];

/// Whether anybody can have an address in this domain (in lower case).
pub fn is_freemail(domain: &str) -> bool {
    let own = |name: &&str| {
        let rest = domain.strip_prefix(*name).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|country| country.len() <= 6)
    };
    WHOLE.contains(&domain) || EVERYWHERE.iter().any(|name| own(name))
}

#[cfg(test)]
mod tests {
    use super::is_freemail;

    #[test]
    fn providers_are_known_in_every_country() {
        for domain in ["gmail.com", "yahoo.co.uk", "hotmail.com.tr", "web.de", "yandex.ru"] {
            assert!(is_freemail(domain), "{domain}");
        }
        for domain in ["example.com", "gmail.example.com", "mygmail.com", "live.example.org", ""] {
            assert!(!is_freemail(domain), "{domain}");
        }
    }
}
