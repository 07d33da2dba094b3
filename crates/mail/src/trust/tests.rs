//! Honest and forged headers of mail servers.

use super::*;

fn judged(headers: &[&str], from: &str) -> Trust {
    let direct: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
    judge(Results { direct: &direct, arc: &[] }, &["mx.desk.example"], from)
}

fn aligned(by: &'static str) -> Trust {
    Trust::Aligned { by }
}

#[track_caller]
fn unaligned(headers: &[&str], from: &str) {
    let trust = judged(headers, from);
    assert!(matches!(trust, Trust::Unaligned { .. }), "{trust:?}");
}

#[test]
fn each_method_may_prove_the_author() {
    let dmarc = "mx.desk.example; dmarc=pass header.from=shop.example; spf=fail";
    assert_eq!(judged(&[dmarc], "shop.example"), aligned("dmarc"));
    let dkim = "mx.desk.example; dkim=pass header.d=shop.example header.s=a; spf=none";
    assert_eq!(judged(&[dkim], "mail.shop.example"), aligned("dkim"));
    let identity = "mx.desk.example; dkim=pass header.i=@shop.example";
    assert_eq!(judged(&[identity], "shop.example"), aligned("dkim"));
    let spf = "mx.desk.example; spf=pass smtp.mailfrom=bounce@news.shop.example";
    assert_eq!(judged(&[spf], "Shop.Example"), aligned("spf"));
    let several =
        "mx.desk.example; dkim=pass header.d=list.example; dkim=pass header.d=shop.example";
    assert_eq!(judged(&[several], "shop.example"), aligned("dkim"));
}

#[test]
fn a_pass_for_another_domain_proves_nothing() {
    unaligned(&["mx.desk.example; dkim=pass header.d=evil.example"], "shop.example");
    unaligned(&["mx.desk.example; spf=pass smtp.mailfrom=a@evil.example"], "shop.example");
    unaligned(&["mx.desk.example; dmarc=pass header.from=evil.example"], "shop.example");
    unaligned(&["mx.desk.example; spf=pass smtp.helo=shop.example"], "shop.example");
    unaligned(
        &["mx.desk.example; dkim=pass header.d=evil.example header.i=@shop.example"],
        "shop.example",
    );
}

#[test]
fn a_failed_dmarc_outweighs_the_rest() {
    let header =
        "mx.desk.example; spf=pass smtp.mailfrom=shop.example; dmarc=fail header.from=shop.example";
    let why = "dmarc=fail for shop.example".to_owned();
    assert_eq!(judged(&[header], "shop.example"), Trust::Unaligned { why });
}

#[test]
fn only_trusted_servers_count() {
    let good = "dkim=pass header.d=shop.example";
    assert_eq!(judged(&[&format!("mx.evil.example; {good}")], "shop.example"), Trust::None);
    assert_eq!(
        judged(&[&format!("mx.desk.example.evil.example; {good}")], "shop.example"),
        Trust::None
    );
    assert_eq!(judged(&[&format!("evil-mx.desk.example; {good}")], "shop.example"), Trust::None);
    assert_eq!(judged(&[], "shop.example"), Trust::None);
    assert_eq!(judged(&[&format!("MX.Desk.Example 1; {good}")], "shop.example"), aligned("dkim"));
    let direct = [format!("mx.desk.example; {good}")];
    assert_eq!(judge(Results { direct: &direct, arc: &[] }, &[], "shop.example"), Trust::None);
}

#[test]
fn a_forged_header_below_is_not_read() {
    let forged = "mx.desk.example; dmarc=pass header.from=shop.example";
    unaligned(&["mx.desk.example; dmarc=fail header.from=shop.example", forged], "shop.example");
    unaligned(&["mx.desk.example; none", forged], "shop.example");
    let other_above = ["mx.relay.example; dmarc=fail", forged];
    assert_eq!(judged(&other_above, "shop.example"), aligned("dmarc"));
}

#[test]
fn comments_and_quotes_cannot_smuggle_results() {
    unaligned(
        &["mx.desk.example; spf=fail (dmarc=pass; dkim=pass header.d=shop.example)"],
        "shop.example",
    );
    unaligned(
        &["mx.desk.example; spf=fail reason=\"x; dkim=pass header.d=shop.example\""],
        "shop.example",
    );
    unaligned(
        &["mx.desk.example; spf=fail (a \\) ; dkim=pass header.d=shop.example)"],
        "shop.example",
    );
    unaligned(&["mx.desk.example; dkim=\"pass\" header.d=shop.example"], "shop.example");
    unaligned(
        &["mx.desk.example; spf=pass smtp.mailfrom=\"a@shop.example@evil.example\""],
        "shop.example",
    );
    let nested =
        "(x (y) z) mx.desk.example (1); dkim (why) = (not) pass (ok) header.d=shop.example";
    assert_eq!(judged(&[nested], "shop.example"), aligned("dkim"));
}

#[test]
fn folded_lines_read_as_one() {
    let folded = "mx.desk.example;\r\n\tdkim=pass (2048-bit key)\r\n\theader.d=shop.example\r\n header.s=x;\r\n\tspf=softfail";
    assert_eq!(judged(&[folded], "shop.example"), aligned("dkim"));
}

#[test]
fn broken_headers_say_nothing() {
    let forged = "mx.desk.example; dkim=pass header.d=shop.example";
    for header in [
        "mx.desk.example; dkim=pass header.d=shop.example (",
        "mx.desk.example; dkim=pass header.d=\"shop.example",
        "mx.desk.example dkim=pass header.d=shop.example",
        "mx.desk.example; dkim pass; =; header.d=shop.example",
        "mx.desk.example; spf=fail smtp.mailfrom=\"a(b@evil.example ; x=(",
        &format!("mx.desk.example; {}", "a=b ".repeat(100_000)),
    ] {
        unaligned(&[header], "shop.example");
        // Nor is what stands below believed in its stead.
        unaligned(&[header, forged], "shop.example");
    }
    for header in ["", ";;;=", "=", "dkim=pass header.d=shop.example", "("] {
        assert_eq!(judged(&[header], "shop.example"), Trust::None, "{header}");
    }
    assert_eq!(judged(&[&"(".repeat(1_000_000)], "shop.example"), Trust::None);
    let quoted = "\"mx.desk.example\"; dkim=pass header.d=shop.example";
    assert_eq!(judged(&[quoted], "shop.example"), aligned("dkim"));
}

#[test]
fn organisations_end_at_the_dots() {
    assert!(same_organisation("shop.example", "SHOP.example."));
    assert!(same_organisation("a.b.shop.example", "shop.example"));
    assert!(!same_organisation("evilshop.example", "shop.example"));
    assert!(!same_organisation("a.shop.example", "b.shop.example"));
    assert!(!same_organisation("example", "shop.example"));
    assert!(!same_organisation("", "") && !same_organisation(".", "shop.example"));
    assert!(!same_organisation("shop.example.evil.example", "shop.example"));
}

#[test]
fn without_an_author_nothing_is_proved() {
    unaligned(&["mx.desk.example; dmarc=pass"], "");
    unaligned(&["mx.desk.example; dkim=pass header.d="], " ");
}

#[test]
fn a_chain_counts_where_it_holds_and_a_trusted_server_wrote_it() {
    let arc = ["i=1; relay.desk.example; dkim=pass header.d=shop.example".to_owned()];
    let trusted = ["mx.desk.example", "relay.desk.example"];
    let with = |direct: &str, trusted: &[&str]| {
        let direct = [direct.to_owned()];
        judge(Results { direct: &direct, arc: &arc }, trusted, "shop.example")
    };
    assert_eq!(with("mx.desk.example; arc=pass; spf=fail", &trusted), aligned("dkim"));
    assert!(matches!(
        with("mx.desk.example; arc=fail; spf=fail", &trusted),
        Trust::Unaligned { .. }
    ));
    assert!(matches!(
        with("mx.desk.example; arc=pass; spf=fail", &trusted[..1]),
        Trust::Unaligned { .. }
    ));
    assert_eq!(with("mx.evil.example; arc=pass", &trusted), Trust::None);
}
