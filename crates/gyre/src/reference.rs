//! The reference of the command line, written from the command line itself.

#![cfg(test)]

use crate::cli::Cli;
use crate::print::say;
use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};

/// All commands with their arguments, as Markdown.
pub(crate) fn markdown() -> String {
    let mut root = Cli::command();
    root.build();
    let mut text = String::from(
        "# Command line\n\n<!-- Written by the tests of the crate gyre from its arguments: change \
         them there. -->\n\n",
    );
    say!(text, "{}\n\n", said(root.get_about()));
    text.push_str(
        "Every command ends with 0 when it did what it was asked for, 1 when it failed, 2 when the \
         command line cannot be right, and 70 when something happened inside that must not. Errors \
         go to standard error: what failed, and after an empty line a hint.\n",
    );
    for command in root.get_subcommands() {
        section(&mut text, command, "gyre");
    }
    text
}

fn section(text: &mut String, command: &Command, above: &str) {
    let name = format!("{above} {}", command.get_name());
    if !command.is_subcommand_required_set() {
        describe(text, command, &name);
    }
    for below in command.get_subcommands() {
        section(text, below, &name);
    }
}

fn describe(text: &mut String, command: &Command, name: &str) {
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = said(about).replace('\n', " ");
    let usage = command.clone().render_usage().to_string();
    let usage: Vec<&str> = usage.trim_start_matches("Usage:").lines().map(str::trim).collect();
    let usage = usage.join("\n");
    say!(text, "\n## {name}\n\n{about}\n\n```\n{usage}\n```\n");
    let arguments: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set() && arg.get_id() != "help" && arg.get_id() != "version")
        .collect();
    if arguments.is_empty() {
        return;
    }
    text.push_str("\n| argument | default | variable | what it is |\n| --- | --- | --- | --- |\n");
    for arg in arguments {
        let default: Vec<String> = arg
            .get_default_values()
            .iter()
            .map(|value| format!("`{}`", value.to_string_lossy()))
            .collect();
        let variable = arg.get_env().map(|name| format!("`{}`", name.to_string_lossy()));
        let values: Vec<String> = arg
            .get_possible_values()
            .iter()
            .filter(|_| arg.get_action().takes_values())
            .map(|value| match value.get_help() {
                Some(help) => format!("`{}`: {help}", value.get_name()),
                None => format!("`{}`", value.get_name()),
            })
            .collect();
        let values: Vec<String> = values.iter().map(|value| format!(" {value}.")).collect();
        let help = said(arg.get_long_help().or_else(|| arg.get_help())).replace('\n', " ");
        say!(
            text,
            "| `{}` | {} | {} | {help}.{} |\n",
            shown(arg).replace('|', "\\|"),
            default.join(", "),
            variable.unwrap_or_default(),
            values.concat()
        );
    }
}

fn shown(arg: &Arg) -> String {
    let names: Vec<String> =
        arg.get_value_names().into_iter().flatten().map(ToString::to_string).collect();
    let value = if arg.get_action().takes_values() { names.join(" ") } else { String::new() };
    match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long} {value}").trim_end().to_owned(),
        (None, Some(long)) => format!("--{long} {value}").trim_end().to_owned(),
        _ => value,
    }
}

fn said(text: Option<&StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}
