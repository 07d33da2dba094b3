//! Inline styles, declaration by declaration: what is not plainly harmless goes.

use crate::html::policy::PROPERTIES;

/// How many bytes of one style are read.
const MAX_STYLE: usize = 4096;

/// The declarations of a style that may stay.
pub fn safe(style: &str) -> String {
    if style.len() > MAX_STYLE {
        return String::new();
    }
    let kept: Vec<String> = style.split(';').filter_map(declaration).collect();
    kept.join(";")
}

/// How many remote images a style names. Escapes may hide some from the count, not from the rules.
pub fn remote_images(style: &str) -> usize {
    let style = style.to_ascii_lowercase();
    let is_remote = |behind: &str| {
        let url = behind.trim_start_matches([' ', '"', '\'', '\t', '\n', '\r']);
        ["http:", "https:", "//"].iter().any(|start| url.starts_with(start))
    };
    style.split("url(").skip(1).filter(|behind| is_remote(behind)).count()
}

fn declaration(text: &str) -> Option<String> {
    let (name, value) = text.split_once(':')?;
    let name = name.trim().to_ascii_lowercase();
    // Names of fonts need no quotes.
    let value = value.replace(['"', '\''], "");
    let value = value.trim();
    let kept = PROPERTIES.contains(&name.as_str())
        && !value.is_empty()
        && value.chars().all(is_plain)
        && !value.contains("/*")
        && !goes_negative(value)
        && parentheses_are_colours(value)
        && (name != "display" || is_display(value));
    kept.then(|| format!("{name}:{value}"))
}

fn is_plain(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, ' ' | '#' | '%' | '.' | ',' | '-' | '+' | '!' | '/' | '(' | ')')
}

/// Negative lengths draw over what is not the mail's.
fn goes_negative(value: &str) -> bool {
    value.split([' ', ',', '(', '/']).any(|word| {
        word.strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_numeric() || c == '.'))
    })
}

/// No function but those of colours: `url`, `expression`, `var` and `calc` among others go.
fn parentheses_are_colours(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let mut pieces: Vec<&str> = value.split('(').collect();
    pieces.pop();
    pieces.iter().all(|before| {
        ["rgb", "rgba", "hsl", "hsla"].iter().any(|name| {
            before
                .strip_suffix(name)
                .is_some_and(|head| !head.ends_with(|c: char| c.is_alphanumeric() || c == '-'))
        })
    })
}

fn is_display(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "block" | "inline" | "inline-block" | "none" | "table" | "table-cell" | "table-row"
    )
}
