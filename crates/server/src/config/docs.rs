//! The reference page of the configuration, made from the keys and comments of `default.toml`.

use super::DEFAULTS;

/// What stands at the top of the page.
const HEAD: &str = "# Configuration

This page is made by `throughline config docs` from `config/default.toml`; change it there.

Throughline starts without any configuration. What you set is read from three places, the later
winning over the earlier:

1. the defaults below, which are compiled in;
2. a TOML file: the one named by `--config`, else by the variable `THROUGHLINE_CONFIG`, else
   `./throughline.toml` when it exists. Write only the keys that differ;
3. environment variables: `server.bind` is `THROUGHLINE__SERVER__BIND`.

A key that does not exist is an error that names it. `throughline config check` prints what is in
effect and where each value came from; secrets are hidden.
";

/// One thing that the file says.
enum Piece<'a> {
    Section { name: &'a str, about: String },
    Key { name: &'a str, default: &'a str, about: String },
}

/// The page as Markdown.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    let mut section = "";
    for piece in pieces() {
        match piece {
            Piece::Section { name, about } => {
                section = name;
                page.push_str(&format!("\n## `[{name}]`\n\n{about}\n\n"));
                page.push_str(
                    "| key | default | variable | meaning |\n| --- | --- | --- | --- |\n",
                );
            }
            Piece::Key { name, default, about } => {
                let variable = format!("{section}.{name}").to_uppercase().replace('.', "__");
                let row = format!(
                    "| `{name}` | `{default}` | `THROUGHLINE__{variable}` | {} |\n",
                    about.replace('|', "\\|")
                );
                page.push_str(&row);
            }
        }
    }
    page
}

/// The file in pieces; a comment belongs to the line it stands above.
fn pieces() -> Vec<Piece<'static>> {
    let mut pieces = Vec::new();
    let mut about: Vec<&str> = Vec::new();
    for line in DEFAULTS.lines() {
        if let Some(comment) = line.strip_prefix('#') {
            about.push(comment.trim());
            continue;
        }
        let said = std::mem::take(&mut about).join(" ");
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            pieces.push(Piece::Section { name, about: said });
        } else if let Some((name, default)) = line.split_once(" = ") {
            pieces.push(Piece::Key { name, default, about: said });
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_key_is_explained() {
        let unexplained: Vec<&str> = pieces()
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Section { name, about } | Piece::Key { name, about, .. } => {
                    about.is_empty().then_some(name)
                }
            })
            .collect();
        assert_eq!(unexplained, Vec::<&str>::new());
    }
}
