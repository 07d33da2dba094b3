//! The reference page of the command line, made from the help texts themselves.

use clap::CommandFactory;

use crate::cli::Cli;

const HEAD: &str = "# The command line

This page is made by `throughline cli-docs` from the help texts in `crates/server/src`; change them
there. Every command also explains itself: `throughline import mail --help`.
";

/// The page as Markdown.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    let mut root = Cli::command();
    root.build();
    add(&mut page, &mut root);
    page
}

fn add(page: &mut String, command: &mut clap::Command) {
    let name = command.get_bin_name().unwrap_or("throughline").to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
    for inner in command.get_subcommands_mut().filter(|inner| !inner.is_hide_set()) {
        add(page, inner);
    }
}
