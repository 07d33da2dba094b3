//! `format=flowed` (RFC 3676): paragraphs that were wrapped for the wire are
//! joined again.

use crate::headers::params::Value;

/// Joins wrapped lines when the part says that they may be.
pub fn unfold(text: String, content_type: &Value) -> String {
    let flowed = content_type.get("format", None).is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
    if !flowed {
        return text;
    }
    let deletes = content_type.get("delsp", None).is_some_and(|d| d.eq_ignore_ascii_case("yes"));
    join(&text, deletes)
}

fn join(text: &str, deletes_blank: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last_depth = None;
    for line in text.lines() {
        let body = line.trim_start_matches('>');
        let depth = line.len() - body.len();
        let body = body.strip_prefix(' ').unwrap_or(body);
        let goes_on = last_depth == Some(depth);
        if !goes_on {
            end_line(&mut out, last_depth.is_some());
            out.push_str(line.get(..depth).unwrap_or_default());
            out.push_str(if depth > 0 && !body.is_empty() { " " } else { "" });
        }
        // `-- ` announces a signature and is never the start of a paragraph.
        let soft = body.ends_with(' ') && body != "-- ";
        let kept = if soft && deletes_blank { body.trim_end_matches(' ') } else { body };
        out.push_str(kept);
        last_depth = soft.then_some(depth);
        if !soft {
            out.push('\n');
        }
    }
    out
}

fn end_line(out: &mut String, was_soft: bool) {
    if was_soft {
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_breaks_join_within_one_depth() {
        let text = "one \ntwo\n> quoted \n> more\nnew \n> other\n-- \nme\n";
        let joined = "one two\n> quoted more\nnew \n> other\n-- \nme\n";
        assert_eq!(join(text, false), joined);
    }

    #[test]
    fn delsp_takes_the_blank() {
        assert_eq!(join("日 \n本\n", true), "日本\n");
    }
}
