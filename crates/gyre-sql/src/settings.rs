//! What a connection has set. Clients set a lot and read some of it back; little of it changes anything.

use crate::error::{code, error, hinted};
use pgwire::error::PgWireError;
use sqlparser::ast::{Expr, Ident, Set, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// The version of PostgreSQL whose catalog is played.
pub(crate) const SERVER_VERSION: &str = "15.0";

/// Name, value at the beginning, and what it is for.
const KNOWN: &[(&str, &str, &str)] = &[
    ("application_name", "", "what the client calls itself"),
    ("bytea_output", "hex", "how bytes are written"),
    ("client_encoding", "UTF8", "how text is encoded"),
    ("client_min_messages", "notice", "kept, without effect"),
    ("DateStyle", "ISO, MDY", "how dates are written"),
    ("default_transaction_isolation", "read committed", "every statement sees its own instant"),
    ("default_transaction_read_only", "on", "nothing can be written"),
    ("extra_float_digits", "1", "kept, without effect"),
    ("idle_in_transaction_session_timeout", "0", "kept, without effect"),
    ("integer_datetimes", "on", "times are whole microseconds"),
    ("IntervalStyle", "postgres", "how intervals are written"),
    ("in_hot_standby", "off", "not a replica"),
    ("is_superuser", "off", "nobody is"),
    ("lc_collate", "C.UTF-8", "text is compared byte by byte"),
    ("lc_ctype", "C.UTF-8", "text is compared byte by byte"),
    ("lc_messages", "C", "messages are English"),
    ("lc_monetary", "C", "kept, without effect"),
    ("lc_numeric", "C", "kept, without effect"),
    ("lc_time", "C", "kept, without effect"),
    ("lock_timeout", "0", "kept, without effect"),
    ("max_identifier_length", "63", "how long a name may be"),
    ("max_index_keys", "32", "there are no indexes"),
    ("search_path", "marts", "where names without a schema are looked up"),
    ("server_encoding", "UTF8", "how text is encoded"),
    ("server_version", SERVER_VERSION, "the version whose catalog is played"),
    ("server_version_num", "150000", "the same as a number"),
    ("standard_conforming_strings", "on", "a backslash is a backslash"),
    ("statement_timeout", "0", "when a statement is given up; 0: when the server says"),
    ("TimeZone", "UTC", "times are UTC"),
    ("transaction_isolation", "read committed", "every statement sees its own instant"),
    ("transaction_read_only", "on", "nothing can be written"),
];

/// Those of which clients are told at the beginning and when they change.
pub(crate) const REPORTED: &[&str] = &[
    "application_name",
    "client_encoding",
    "DateStyle",
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "search_path",
    "server_encoding",
    "server_version",
    "standard_conforming_strings",
    "TimeZone",
];

/// Those that are as they are. Setting them to what they are is let pass.
const FIXED: &[&str] = &[
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "is_superuser",
    "lc_collate",
    "lc_ctype",
    "max_identifier_length",
    "max_index_keys",
    "server_encoding",
    "server_version",
    "server_version_num",
    "standard_conforming_strings",
    "transaction_read_only",
];

/// What a connection has set.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// By lower-case name.
    set: BTreeMap<String, String>,
    /// What the client asked for when it connected: what `RESET` goes back to.
    begun: BTreeMap<String, String>,
}

impl Settings {
    /// With what the client said when it connected; what cannot be set is passed over.
    pub(crate) fn begin<'a>(said: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut settings = Self::default();
        for (name, value) in said {
            if known(name).is_some() && settings.set(name, value).is_err() {
                tracing::debug!(setting = name, "a setting of a new connection was passed over");
            }
        }
        settings.begun = settings.set.clone();
        settings
    }

    /// What a setting is called, and its value.
    pub(crate) fn get(&self, name: &str) -> Option<(String, String)> {
        let lower = name.to_lowercase();
        if let Some((shown, begins, _)) = known(&lower) {
            let value = self.set.get(&lower).map_or(*begins, String::as_str);
            return Some(((*shown).to_owned(), value.to_owned()));
        }
        self.set.get(&lower).map(|value| (lower.clone(), value.clone()))
    }

    /// All settings: name, value, what for.
    pub(crate) fn all(&self) -> Vec<(String, String, String)> {
        let all = KNOWN.iter().filter_map(|(name, _, what)| {
            let (name, value) = self.get(name)?;
            Some((name, value, (*what).to_owned()))
        });
        all.collect()
    }

    /// Sets a value; gives the name that clients are to be told of, if it is one of those.
    pub(crate) fn set(
        &mut self,
        name: &str,
        value: &str,
    ) -> Result<Option<&'static str>, PgWireError> {
        let lower = name.to_lowercase();
        let shown = known(&lower).map(|(shown, ..)| *shown);
        // Names with a dot are the client's own.
        if shown.is_none() && !lower.contains('.') {
            return Err(unknown(name));
        }
        let value = value.trim();
        if let Some(shown) = shown {
            check(shown, value)?;
        }
        let value = match shown {
            Some("statement_timeout") => milliseconds(value)?.to_string(),
            Some("client_encoding") => "UTF8".to_owned(),
            // Drivers set that of their machine at once, so it is no error; times stay UTC, and say so.
            Some("TimeZone") => "UTC".to_owned(),
            _ => value.to_owned(),
        };
        self.set.insert(lower, value);
        Ok(shown.filter(|shown| REPORTED.contains(shown)))
    }

    /// As it was when the connection began; all of them without a name. Gives the names to be told of.
    pub(crate) fn reset(&mut self, name: Option<&str>) -> Result<Vec<&'static str>, PgWireError> {
        match name {
            None => {
                self.set = self.begun.clone();
                Ok(REPORTED.to_vec())
            }
            Some(name) => {
                let lower = name.to_lowercase();
                let shown = known(&lower).map(|(shown, ..)| *shown);
                if shown.is_none() && self.set.remove(&lower).is_none() {
                    return Err(unknown(name));
                }
                match self.begun.get(&lower) {
                    Some(begun) => self.set.insert(lower, begun.clone()),
                    None => self.set.remove(&lower),
                };
                Ok(shown.filter(|shown| REPORTED.contains(shown)).into_iter().collect())
            }
        }
    }

    /// When a statement is given up: what was set, but not longer than `most`.
    pub(crate) fn timeout(&self, most: Duration) -> Duration {
        let set = self.set.get("statement_timeout").and_then(|value| value.parse().ok());
        set.filter(|wanted| *wanted > 0)
            .map_or(most, |wanted| Duration::from_millis(wanted).min(most))
    }

    /// The schemas in which names are looked up, in order.
    pub(crate) fn search_path(&self) -> Vec<String> {
        let path = self.get("search_path").map(|(_, value)| value).unwrap_or_default();
        path.split(',')
            .map(|part| part.trim().trim_matches('"').trim_matches('\'').to_owned())
            .filter(|part| !part.is_empty() && part != "$user")
            .collect()
    }
}

fn known(name: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    KNOWN.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))
}

fn unknown(name: &str) -> PgWireError {
    error("42704", format!("unrecognized configuration parameter \"{}\"", name.to_lowercase()))
}

fn check(name: &str, value: &str) -> Result<(), PgWireError> {
    let wrong = |hint: &str| {
        Err(hinted(code::BAD_VALUE, format!("invalid value for parameter \"{name}\""), hint))
    };
    let is = |expected: &[&str]| expected.iter().any(|one| one.eq_ignore_ascii_case(value));
    match name {
        "default_transaction_read_only" | "transaction_read_only" if !is(&["on", "true", "1"]) => {
            Err(error(code::READ_ONLY, "the connection is read-only and stays so"))
        }
        "default_transaction_read_only" | "transaction_read_only" => Ok(()),
        "client_encoding" if !is(&["UTF8", "UTF-8", "unicode", "auto", "default"]) => {
            wrong("only UTF8 is spoken")
        }
        _ if FIXED.contains(&name) => match known(name) {
            Some((_, fixed, _)) if fixed.eq_ignore_ascii_case(value) => Ok(()),
            _ => Err(error("55P02", format!("parameter \"{name}\" cannot be changed"))),
        },
        _ => Ok(()),
    }
}

/// A time as PostgreSQL writes it: milliseconds unless it has a unit.
fn milliseconds(text: &str) -> Result<u64, PgWireError> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("default") {
        return Ok(0);
    }
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit.trim() {
        "" | "ms" => Some(1),
        "s" => Some(1_000),
        "min" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let value = scale.zip(number.parse::<u64>().ok());
    value.and_then(|(scale, number)| number.checked_mul(scale)).ok_or_else(|| {
        hinted(
            code::BAD_VALUE,
            "invalid value for parameter \"statement_timeout\"",
            "for example 5000 or '5s'",
        )
    })
}

/// What a `SET` says: name and value, or nothing where it says nothing that is kept.
pub(crate) fn assignment(set: &Set) -> Result<Option<(String, String)>, PgWireError> {
    match set {
        Set::SingleAssignment { variable, values, .. } => {
            let values: Vec<String> = values.iter().map(plain).collect();
            Ok(Some((variable.to_string().replace('"', ""), values.join(", "))))
        }
        Set::SetTimeZone { value, .. } => Ok(Some(("TimeZone".to_owned(), plain(value)))),
        Set::SetNames { charset_name, .. } => {
            Ok(Some(("client_encoding".to_owned(), charset_name.value.clone())))
        }
        // The session is one transaction of reads after another, whatever it is called.
        Set::SetTransaction { modes, .. } => {
            if modes.iter().any(|mode| mode.to_string() == "READ WRITE") {
                tracing::debug!("a client asked for transactions that write");
            }
            Ok(None)
        }
        Set::SetNamesDefault {} => Ok(None),
        Set::SetRole { role_name: None, .. } => Ok(None),
        other => {
            Err(error(code::NOT_SUPPORTED, format!("SET {} is not supported", first_word(other))))
        }
    }
}

fn first_word(set: &Set) -> String {
    set.to_string().split_whitespace().nth(1).unwrap_or_default().to_owned()
}

fn plain(value: &Expr) -> String {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        Expr::Identifier(name) => name.value.clone(),
        other => other.to_string(),
    }
}

/// The setting that `SHOW` names.
pub(crate) fn shown(words: &[Ident]) -> String {
    let words: Vec<String> = words.iter().map(|word| word.value.to_lowercase()).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["time", "zone"] => "timezone".to_owned(),
        ["transaction", "isolation", "level"] => "transaction_isolation".to_owned(),
        ["session", "authorization"] => "session_authorization".to_owned(),
        _ => words.join("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_read_back_and_reset() {
        let mut settings = Settings::begin(
            [("application_name", "psql"), ("nonsense", "1"), ("user", "ada")].into_iter(),
        );
        assert_eq!(settings.get("APPLICATION_NAME").unwrap().1, "psql");
        assert_eq!(settings.set("application_name", "other").unwrap(), Some("application_name"));
        assert_eq!(settings.set("my.own", "x").unwrap(), None);
        assert!(settings.set("nonsense", "x").is_err());
        settings.reset(None).unwrap();
        assert_eq!(settings.get("application_name").unwrap().1, "psql");
        assert!(settings.get("my.own").is_none() && settings.reset(Some("my.own")).is_err());
        assert_eq!(
            settings.get("datestyle").unwrap(),
            ("DateStyle".to_owned(), "ISO, MDY".to_owned())
        );
    }

    #[test]
    fn a_statement_is_given_up_when_the_client_says_but_not_later_than_the_server() {
        let most = Duration::from_secs(30);
        let mut settings = Settings::default();
        assert_eq!(settings.timeout(most), most);
        for (said, milliseconds) in [("50", 50), ("2s", 2_000), ("1min", 30_000), ("0", 30_000)] {
            settings.set("statement_timeout", said).unwrap();
            assert_eq!(settings.timeout(most), Duration::from_millis(milliseconds), "{said}");
        }
        assert!(settings.set("statement_timeout", "soon").is_err());
    }

    #[test]
    fn nothing_makes_it_writable() {
        let mut settings = Settings::default();
        assert!(settings.set("default_transaction_read_only", "off").is_err());
        settings.set("default_transaction_read_only", "on").unwrap();
        assert!(settings.set("server_version", "17").is_err());
        assert!(settings.set("client_encoding", "LATIN1").is_err());
    }

    #[test]
    fn the_search_path_is_a_list() {
        let mut settings = Settings::default();
        assert_eq!(settings.search_path(), ["marts"]);
        settings.set("search_path", "\"$user\", metrics, 'public'").unwrap();
        assert_eq!(settings.search_path(), ["metrics", "public"]);
    }
}
