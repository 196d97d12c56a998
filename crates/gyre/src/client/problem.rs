//! What a server says is wrong: RFC 9457, with a hint and diagnostics of ours.

use crate::failure::Failure;
use reqwest::StatusCode;
use serde::Deserialize;

/// A problem as the server tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    title: Option<String>,
    detail: Option<String>,
    /// Of collection routes.
    message: Option<String>,
    hint: Option<String>,
    /// Diagnostics with their marks, as they are printed.
    text: Option<String>,
    #[serde(skip)]
    status: u16,
}

impl Problem {
    /// Reads a body; one of another form is a problem without words.
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Self {
        let problem = serde_json::from_slice(body).unwrap_or_default();
        Self { status: status.as_u16(), ..problem }
    }

    /// As a failure of the command.
    pub(super) fn failure(self) -> Failure {
        let words = self.detail.or(self.message).or(self.title);
        let said = words.unwrap_or_else(|| format!("the server answered {}", self.status));
        let said = match self.text {
            Some(text) => format!("{said}\n\n{text}"),
            None => said,
        };
        let hint = match self.status {
            401 => Some(
                "pass --token-file DIR/token of the server's data folder, or set GYRE_TOKEN"
                    .to_owned(),
            ),
            _ => self.hint,
        };
        Failure::new(said).maybe_hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;
    use crate::failure;
    use expect_test::{Expect, expect};
    use reqwest::StatusCode;

    fn check(status: StatusCode, body: &str, expected: &Expect) {
        let failure = Problem::read(status, body.as_bytes()).failure();
        expected.assert_eq(&failure::text(&failure.into()));
    }

    #[test]
    fn a_problem_is_told_with_its_hint_and_its_diagnostics() {
        check(
            StatusCode::BAD_REQUEST,
            r#"{"type":"urn:x","title":"invalid request","status":400,"detail":"no such table","hint":"see docs"}"#,
            &expect![[r"
                error: no such table

                hint: see docs
            "]],
        );
        check(
            StatusCode::UNPROCESSABLE_ENTITY,
            r#"{"detail":"the resources cannot be applied","text":"a.yaml:1:1: bad\n1 | x\n  | ^"}"#,
            &expect![[r"
                error: the resources cannot be applied

                a.yaml:1:1: bad
                1 | x
                  | ^
            "]],
        );
        check(
            StatusCode::BAD_GATEWAY,
            "<html>",
            &expect![[r"
                error: the server answered 502
            "]],
        );
    }
}
