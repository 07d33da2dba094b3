//! Attacks on readers, and ordinary mails that must keep their looks.

use super::{MAX_HTML, Places, RemoteImages, SafeHtml, sanitise, sanitise_at};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Tests run unoptimised on busy machines; quadratic work takes far longer at these sizes.
const ALLOWED: Duration = Duration::from_secs(90);

fn blocked(html: &str) -> SafeHtml {
    sanitise(html, RemoteImages::Blocked)
}

/// Asserts that none of the words is left, in any letter case.
#[track_caller]
fn gone(attack: &str, words: &[&str]) {
    for images in [RemoteImages::Blocked, RemoteImages::Allowed] {
        let safe = sanitise(attack, images).html.to_ascii_lowercase();
        for word in words {
            assert!(!safe.contains(word), "{word} survived in {safe}");
        }
    }
}

#[test]
fn scripts_and_styles_go_with_their_content() {
    gone("<script>alert(1)</script>x", &["script", "alert"]);
    gone("<ScRiPt src=//e.x/a.js></sCrIpT>", &["script", "e.x"]);
    gone("<scr<script>ipt>alert(1)</script>", &["<script", "<scr"]);
    gone("<style>@import 'http://e.x/';body{display:none}</style>", &["style", "import"]);
    gone("<svg><script>alert(1)</script></svg>", &["svg", "script", "alert"]);
    gone("<svg onload=alert(1)>", &["svg", "onload"]);
    gone("<math><mi xlink:href='javascript:alert(1)'>x</mi></math>", &["math", "javascript"]);
    gone(
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        &["<noscript", "<img src"],
    );
    gone("<template><img src=x onerror=alert(1)></template>", &["template", "onerror"]);
    gone("<title><img src=x onerror=alert(1)></title>", &["<title", "onerror"]);
    gone("<xmp><script>alert(1)</script></xmp>", &["xmp", "script"]);
}

#[test]
fn event_attributes_go() {
    gone("<img src=x onerror=alert(1)>", &["onerror", "alert"]);
    gone("<div/onmouseover='alert(1)'>x</div>", &["onmouseover", "alert"]);
    gone("<p oNcLiCk = alert(1)>x</p>", &["onclick", "alert"]);
    gone("<body onload=alert(1)>x", &["onload", "alert"]);
    gone("<a href=https://a.b\nonclick=alert(1)>x</a>", &["onclick"]);
    gone("<b =x onfocus=alert(1) autofocus tabindex=0>x</b>", &["onfocus", "autofocus"]);
}

#[test]
fn only_links_with_known_schemes_stay() {
    gone("<a href='javascript:alert(1)'>x</a>", &["javascript", "href"]);
    gone("<a href=' JaVa\tScRiPt:alert(1)'>x</a>", &["script", "href"]);
    gone("<a href='&#106;avascript&colon;alert(1)'>x</a>", &["href", "alert"]);
    gone("<a href='java&#10;script:alert(1)'>x</a>", &["href", "alert"]);
    gone("<a href='\u{1}javascript:alert(1)'>x</a>", &["href", "alert"]);
    gone("<a href='data:text/html,<script>alert(1)</script>'>x</a>", &["data:", "href"]);
    gone("<a href='vbscript:msgbox(1)'>x</a>", &["vbscript", "href"]);
    gone("<a href='file:///etc/passwd'>x</a>", &["file:", "href"]);
    gone("<a href='/admin/delete'>x</a><a href='#top'>y</a>", &["href"]);
    gone("<area href='javascript:alert(1)'><map name=x></map>", &["area", "map", "href"]);
    for link in ["http://a.b/", "https://a.b/?c=d", "mailto:a@b.c", "tel:+90212", "cid:x@y"] {
        let safe = blocked(&format!("<a href=\"{link}\">x</a>")).html;
        assert!(safe.contains(&format!("href=\"{link}\"")), "{safe}");
        assert!(safe.contains("rel=\"noopener noreferrer nofollow\""), "{safe}");
        assert!(safe.contains("target=\"_blank\""), "{safe}");
    }
    gone("<a href=https://a.b target=_top rel=opener>x</a>", &["_top", "\"opener"]);
}

#[test]
fn frames_forms_and_page_elements_go() {
    gone("<iframe src=https://e.x></iframe>", &["iframe", "e.x"]);
    gone("<object data=https://e.x></object><embed src=https://e.x>", &["object", "embed", "e.x"]);
    gone("<form action=https://e.x><input name=pass></form>", &["form", "input", "e.x"]);
    gone("<button formaction=https://e.x>go</button>", &["button", "e.x"]);
    gone("<meta http-equiv=refresh content='0;url=https://e.x'>", &["meta", "e.x"]);
    gone("<base href=https://e.x/>", &["base", "e.x"]);
    gone("<link rel=stylesheet href=https://e.x/a.css>", &["link", "e.x"]);
    gone("<video poster=https://e.x><source src=https://e.x></video>", &["video", "e.x"]);
    gone("<select><option>x</select><textarea>y</textarea>", &["select", "textarea"]);
    gone("<dialog open popover id=a class=b>x</dialog>", &["dialog", "popover", "id=", "class="]);
}

#[test]
fn what_hides_in_broken_markup_goes() {
    gone("<!--><img src=x onerror=alert(1)>-->", &["onerror"]);
    gone("<!-- --!><img src=x onerror=alert(1)> -->", &["onerror"]);
    gone("<p title=\"</p><img src=x onerror=alert(1)>\">x</p>", &["<img"]);
    gone("<p title='\"><script>alert(1)</script>'>x</p>", &["<script"]);
    gone("<img src=\"x\"\"onerror=\"alert(1)\">", &["onerror=\""]);
    gone("<![CDATA[<script>alert(1)</script>]]>", &["<script"]);
    gone("<?xml <script>alert(1)</script>?>", &["<script"]);
    gone("<img src=\"x onerror=alert(1)>", &["<img src=\"x"]);
    gone("<\0script>alert(1)</script>", &["<script", "<\0"]);
    gone("&lt;script&gt;alert(1)&lt;/script&gt;", &["<script"]);
    gone(
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        &["<img src", "<style"],
    );
    gone("<p data-blocked-src=https://e.x data-cut=true>x</p>", &["data-"]);
}

#[test]
fn styles_keep_looks_only() {
    gone("<p style='background:url(javascript:alert(1))'>x</p>", &["url", "alert"]);
    gone("<p style='width:expression(alert(1))'>x</p>", &["expression"]);
    gone("<p style='color:red;position:fixed;top:0;z-index:9'>x</p>", &["position", "z-index"]);
    gone("<p style='p\\6fsition:fixed'>x</p>", &["sition"]);
    gone("<p style='background-color:u\\72l(https://e.x)'>x</p>", &["e.x", "\\"]);
    gone("<p style='color:red/**/;margin:-99px;behavior:url(x)'>x</p>", &["-99", "behavior", "/*"]);
    gone("<p style='width:calc(1px*9);color:var(--x)'>x</p>", &["calc", "var("]);
    gone("<p style='font-family:\"a;position:fixed\"'>x</p>", &["position"]);
    gone("<p style='-moz-binding:url(//e.x)'>x</p>", &["binding", "e.x"]);
    gone("<p style='border:1px solid image-set(\"https://e.x\" 1x)'>x</p>", &["e.x", "image-set"]);
    let safe =
        blocked("<p style=\"COLOR: #fff; font: bold 12px/1.5 'Segoe UI', Arial\">x</p>").html;
    assert!(safe.contains("color:#fff"), "{safe}");
    assert!(safe.contains("Segoe UI"), "{safe}");
    assert!(blocked("<p style='color: rgba(1, 2, 3, .5)'>x</p>").html.contains("rgba("));
}

#[test]
fn remote_images_wait_until_they_are_asked_for() {
    let page = "<img src='https://e.x/a.png?u=1&amp;v=2' alt=logo>";
    let safe = blocked(page);
    assert!(!safe.html.contains(" src="), "{}", safe.html);
    assert!(
        safe.html.contains("data-blocked-src=\"https://e.x/a.png?u=1&amp;v=2\""),
        "{}",
        safe.html
    );
    assert_eq!(safe.remote_images, 1);
    let shown = sanitise(page, RemoteImages::Allowed);
    assert!(shown.html.contains(" src=\"https://e.x/a.png?u=1&amp;v=2\""), "{}", shown.html);
    assert!(!shown.html.contains("data-blocked"), "{}", shown.html);
    assert_eq!(shown.remote_images, 1);
}

#[test]
fn every_way_to_load_an_image_is_blocked_and_counted() {
    for (page, count) in [
        ("<img src=//e.x/a.png>", 1),
        ("<img src=' h&#116;tp://e.x/a.png'>", 1),
        ("<img src='ht\ntps://e.x/a.png'>", 1),
        ("<img srcset='https://e.x/a.png 1x, https://e.x/b.png 2x'>", 1),
        ("<img src=cid:a srcset='https://e.x/b.png 2x'>", 0),
        ("<table background=https://e.x/bg.png><tr><td>x</td></tr></table>", 1),
        ("<body background=http://e.x/bg.png>x", 1),
        ("<p style=\"background-image:url('https://e.x/a.png')\">x</p>", 1),
        ("<p style='background:URL( //e.x/a.png )'>x</p>", 1),
        ("<img src=https://e.x/1><img src=https://e.x/2 src=https://e.x/3>", 2),
        ("<img src='\\\\e.x\\a.png'><img src='/a.png'><img src=data:image/png;base64,AAAA>", 0),
        ("<img data-blocked-src=https://e.x/a.png>", 0),
    ] {
        let safe = blocked(page);
        assert_eq!(safe.remote_images, count, "{page} gave {}", safe.html);
        let loads = safe.html.replace("data-blocked-src=", "waiting ");
        for word in ["src=\"http", "src=\"//", "srcset", "background", "url(", "data:", "src=\"\\"]
        {
            assert!(!loads.contains(word), "{word} in {loads}");
        }
    }
    let protocol_relative = blocked("<img src=//e.x/a.png>").html;
    assert!(protocol_relative.contains("data-blocked-src=\"https://e.x/a.png\""));
}

#[test]
fn images_of_the_mail_itself_stay() {
    let safe = blocked("<img src=\"cid:logo@mail\" width=10 height=20 alt=\"Logo\">");
    assert!(safe.html.contains("src=\"cid:logo@mail\""), "{}", safe.html);
    assert!(safe.html.contains("alt=\"Logo\"") && safe.html.contains("width=\"10\""));
    assert_eq!(safe.remote_images, 0);
}

#[test]
fn tables_keep_their_looks() {
    let table = "<table border=\"1\" cellpadding=\"4\"><tbody><tr><td bgcolor=\"#eee\" \
        colspan=\"2\">Sipariş no</td></tr><tr><th>Ürün</th><td>Çay, 3 kg</td></tr></tbody></table>";
    assert_eq!(blocked(table).html, table);
    let unclosed = blocked("<table><tr><td>a<td>b<tr><td>c</table>d").html;
    let whole = "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>d";
    assert_eq!(unclosed, whole);
}

#[test]
fn ordinary_markup_survives_as_it_is() {
    for page in [
        "<p>Merhaba,<br>faturamı <b>İSTANBUL</b> şubesine gönderir misiniz?</p>",
        "<div dir=\"rtl\" lang=\"fa\"><p>سلام، سفارش من نرسیده است.</p></div>",
        "<p style=\"text-align:right;direction:rtl\">متن</p>",
        "<blockquote><p>old</p><blockquote><p>older</p></blockquote></blockquote>",
        "<ul><li>one</li><li>two <i>three</i></li></ul>",
        "<font color=\"red\" face=\"Arial\"><u>x</u></font>",
        "<p>5 &lt; 6 &amp;&amp; 7 &gt; 6</p>",
    ] {
        assert_eq!(blocked(page).html, page);
    }
}

#[test]
fn broken_markup_keeps_its_text() {
    let text = |page: &str| blocked(page).html;
    assert_eq!(text("a < b"), "a &lt; b");
    assert!(text("<a href=\"https://a.b>link</a> and the rest").contains("and the rest"));
    assert!(text("<script>never closed, but a mail").contains("never closed"));
    assert!(text("<p><font color=red>one<p>two").matches("color=\"red\"").count() == 2);
    assert_eq!(text("<ul><li>a<li>b</ul>"), "<ul><li>a</li><li>b</li></ul>");
    let conditional = "<!--[if mso]><p>word</p><![endif]--><!--[if !mso]><!-->web<!--<![endif]-->";
    assert_eq!(text(conditional), "web");
}

#[test]
fn the_direction_of_a_whole_mail_survives() {
    let page = "<html dir=\"rtl\" lang=\"fa\"><head><title>t</title></head><body style=\"direction:rtl\">سلام</body></html>";
    let expected = "<div dir=\"rtl\" lang=\"fa\"><div style=\"direction:rtl\">سلام</div></div>";
    assert_eq!(blocked(page).html, expected);
}

#[test]
fn hostile_pages_cost_little() {
    let size = 2 * 1024 * 1024;
    for piece in [
        "<div>",
        "<b>",
        "<table>",
        "<table><b>",
        "<a href=x ",
        "<p><b><i><u>x",
        "<",
        "<!--",
        "</p>",
        "<script>",
        "<svg><title>",
        "<a b=\">",
        "<font size=1><p>x",
        "<table><tr><td>x</div>",
        "<b a='",
        "&lt;",
        "<img src=//a>",
        "<li>",
        "<p style='(((((((('>",
        "<b></i>",
        "<a/a=1/b=2",
        "<div><table><tr><td></div>",
        "<h1><a>",
        "<td>",
        "x</b>",
        "<dd><a>",
        "<nobr><em>",
    ] {
        let page = piece.repeat(size / piece.len() + 1);
        let start = Instant::now();
        let safe = blocked(&page);
        let took = start.elapsed();
        println!("{piece}: {took:?}, {} bytes", safe.html.len());
        assert!(took < ALLOWED, "{piece} took {took:?}");
        assert!(safe.html.len() < 12 * MAX_HTML, "{piece} gave {}", safe.html.len());
    }
}

#[test]
fn many_open_elements_with_unlike_attributes_cost_little() {
    let many: String = (0..100_000).map(|i| format!("<font size={i}>")).collect();
    let start = Instant::now();
    let safe = blocked(&format!("{many}{}", "<p>x<table>y".repeat(50_000)));
    assert!(start.elapsed() < ALLOWED);
    assert!(safe.html.len() < 12 * MAX_HTML, "{}", safe.html.len());
    let attributes: String = (0..100_000).map(|i| format!(" a{i}=1")).collect();
    assert_eq!(blocked(&format!("<p{attributes}>x</p>")).html, "<p>x</p>");
}

#[test]
fn a_cut_is_marked() {
    let long = blocked(&"ş".repeat(MAX_HTML));
    assert!(long.cut && long.html.ends_with("<p data-cut=\"true\">[…]</p>"));
    let short = blocked("<p>x</p>");
    assert!(!short.cut && !short.html.contains("data-cut"));
}

/// Without what each link gets, which may stand in another order.
fn plain(html: &str) -> String {
    html.replace(" rel=\"noopener noreferrer nofollow\"", "").replace(" target=\"_blank\"", "")
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    /// Whatever pieces a page is made of: nothing dangerous is left as a tag or an attribute, and a
    /// second pass finds nothing more to do.
    #[test]
    fn no_page_is_dangerous_and_a_second_pass_changes_nothing(
        pieces in proptest::collection::vec(0usize..40, 0..25)
    ) {
        const PIECES: [&str; 40] = [
            "<script>", "</script>", "<style>", "</style>", "<svg>", "</svg>", "<math>", "<mtext>",
            "<table>", "<tr>", "<td>", "</table>", "<p>", "</p>", "<b>", "</b>", "<a href=", "javascript:x",
            "\"", "'", ">", "<", "<!--", "-->", "<img src=", " onerror=x ", "https://e.x/a", "<div style=",
            "position:fixed;", "color:red", "<title>", "</title>", "<noscript>", "<xmp>", "x", "&lt;",
            "<li>", "</", "<![CDATA[", "=",
        ];
        let page: String = pieces.iter().map(|at| PIECES[*at]).collect();
        let safe = blocked(&page).html;
        // Values hold no angle brackets, so each piece from one to the next is one tag.
        for tag in safe.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
            let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
            proptest::prop_assert!(super::policy::ELEMENTS.contains(&name), "{} in {}", name, safe);
            proptest::prop_assert!(!tag.contains(" onerror=\""), "{}", safe);
            proptest::prop_assert!(!tag.contains("=\"javascript:"), "{}", safe);
            proptest::prop_assert!(!tag.contains(" src="), "{}", safe);
            let style = tag.split(" style=\"").nth(1).and_then(|rest| rest.split('"').next());
            proptest::prop_assert!(!style.unwrap_or_default().contains("position"), "{}", safe);
        }
        // A blocked image has nothing left to load, so its waiting address goes.
        if !safe.contains("data-blocked-src") {
            proptest::prop_assert_eq!(plain(&blocked(&safe).html), plain(&safe));
        }
    }
}

fn placed(html: &str, images: RemoteImages) -> SafeHtml {
    let parts = HashMap::from([("logo@x".to_owned(), "/files/1".to_owned())]);
    sanitise_at(html, images, Places { remote: Some("/images/".to_owned()), parts: Some(parts) })
}

#[test]
fn images_get_numbers_in_their_order_and_the_same_one_but_once() {
    let mail = "<table background='https://b.x/bg.gif'><tr><td><img src=https://a.x/1.gif>\
                <img src='//a.x/2.gif'><img src=https://a.x/1.gif></table>\
                <p style='background:url(https://c.x/3.gif)'>x</p>";
    let shown = placed(mail, RemoteImages::Allowed);
    assert_eq!(shown.sources, ["https://b.x/bg.gif", "https://a.x/1.gif", "https://a.x/2.gif"]);
    assert_eq!(shown.remote_images, 5);
    for address in ["background=\"/images/1\"", "src=\"/images/2\"", "src=\"/images/3\""] {
        assert!(shown.html.contains(address), "{address}: {}", shown.html);
    }
    assert!(!shown.html.contains(".x/"), "{}", shown.html);
    let blocked = placed(mail, RemoteImages::Blocked);
    assert_eq!(blocked.sources, shown.sources, "the numbers stay");
    assert!(!blocked.html.contains(" src="), "{}", blocked.html);
    assert_eq!(sanitise(mail, RemoteImages::Blocked).sources, shown.sources);
}

#[test]
fn parts_of_the_mail_are_shown_from_where_they_are() {
    let shown = placed("<img src='cid:logo@x'><img src='CID:logo%40x'>", RemoteImages::Blocked);
    assert_eq!(shown.html.matches("src=\"/files/1\"").count(), 2, "{}", shown.html);
    let unknown = placed("<img src='cid:other@x' alt=a>", RemoteImages::Blocked);
    assert!(!unknown.html.contains("src"), "{}", unknown.html);
    assert!((unknown.remote_images, unknown.sources.len()) == (0, 0));
}
