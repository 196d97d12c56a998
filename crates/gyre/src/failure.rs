//! Failures as the user sees them: what failed, what to do about it, and the exit code.

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// What the process says to the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// What was asked for did not come about.
    Failed = 1,
    /// The command line cannot be right.
    Usage = 2,
    /// What was compared is not the same.
    Differs = 3,
    /// Something that must not happen happened.
    Internal = 70,
}

/// A failure that knows what the user can do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    code: Code,
}

impl Failure {
    /// A failure; `message` is a lowercase fragment.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, code: Code::Failed }
    }
    /// Something that must not happen happened.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { code: Code::Internal, ..Self::new(message) }
    }
    /// A command line that cannot be right.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: Code::Usage, ..Self::new(message) }
    }
    /// What was compared is not the same.
    pub(crate) fn differs(message: impl Into<String>) -> Self {
        Self { code: Code::Differs, ..Self::new(message) }
    }
    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// The same with a hint, if there is one.
    #[must_use]
    pub(crate) fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The error and its hint as they are printed.
pub(crate) fn text(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Failure>().and_then(|failure| failure.hint.as_ref()) {
        Some(hint) => format!("error: {error:#}\n\nhint: {hint}\n"),
        None => format!("error: {error:#}\n"),
    }
}

/// Prints an error and gives its exit code. A reader that went away is no failure.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let gone = error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    });
    if gone {
        return ExitCode::SUCCESS;
    }
    // Nothing is left to be done when even this cannot be said.
    drop(io::stderr().write_all(text(error).as_bytes()));
    let code = error.downcast_ref::<Failure>().map_or(Code::Failed, |failure| failure.code);
    ExitCode::from(code as u8)
}

#[cfg(test)]
mod tests {
    use super::{Failure, text};
    use expect_test::expect;

    #[test]
    fn an_error_is_followed_by_its_hint() {
        let error = anyhow::Error::new(Failure::new("no token").hint("pass --token-file"))
            .context("the server cannot be asked");
        expect![[r"
            error: the server cannot be asked: no token

            hint: pass --token-file
        "]]
        .assert_eq(&text(&error));
    }
}
