//! What is said before a rule is parsed: habits from other languages, and words that can never stand
//! in a rule, each with what to write instead.

use super::RuleError;
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

/// A rule is a sentence, not a data set: longer lists belong in a feature or an audience.
const MAX_BYTES: usize = 64 * 1024;
/// Operators in one rule; bounds the depth of every tree made from it.
const MAX_OPERATORS: usize = 1_000;

const CHANCE: &str = "a rule answers the same each time; for chance use an experiment or a holdout";
const AT: &str = "write `at`: rules are evaluated for an instant that is given";
const AGGREGATE: &str = "a rule sees one row: count or add up in a feature and compare that, for example person.orders > 3";

/// An error about `words`, with what to write instead.
pub(super) fn error(
    message: impl Into<String>,
    words: impl Into<String>,
    hint: impl Into<String>,
) -> RuleError {
    RuleError { message: message.into(), words: Some(words.into()), hint: Some(hint.into()) }
}

/// Cuts an expression into tokens, refusing what has no meaning in the language.
pub(super) fn tokens(expression: &str) -> Result<Vec<TokenWithSpan>, RuleError> {
    if expression.len() > MAX_BYTES {
        return Err(RuleError {
            message: "the rule is too long".to_owned(),
            words: None,
            hint: Some("put long lists into a feature or an audience".to_owned()),
        });
    }
    let tokens = Tokenizer::new(&GenericDialect {}, expression).tokenize_with_location().map_err(
        |failed| RuleError {
            message: failed.message.to_lowercase(),
            words: None,
            hint: Some("text stands in single quotes: 'gold'".to_owned()),
        },
    )?;
    let mut count = 0usize;
    for TokenWithSpan { token, span } in &tokens {
        if let Some(hint) = foreign(token) {
            let words = slice(expression, *span).unwrap_or_else(|| token.to_string());
            return Err(error(format!("{words} has no meaning in a rule"), words, hint));
        }
        count += usize::from(match token {
            Token::Word(word) => word.keyword != Keyword::NoKeyword,
            Token::Whitespace(_) | Token::Comma | Token::Period => false,
            Token::Number(..) | Token::SingleQuotedString(_) => false,
            _ => true,
        });
    }
    if count > MAX_OPERATORS {
        return Err(RuleError {
            message: "the rule has too many terms".to_owned(),
            words: None,
            hint: Some("write `x in (…)` for many values, or split it into audiences".to_owned()),
        });
    }
    Ok(tokens)
}

/// What to write instead of a token of another language.
fn foreign(token: &Token) -> Option<String> {
    let text = |inner: &str| format!("text stands in single quotes: '{inner}'");
    let fixed = match token {
        Token::DoubleEq => "write `=`",
        Token::Overlap => "write `and`",
        Token::StringConcat | Token::Pipe => "write `or`",
        Token::ExclamationMark | Token::DoubleExclamationMark => "write `not`",
        Token::Ampersand => "write `and`",
        Token::Mod => "take the remainder in a feature",
        Token::SemiColon => "a rule is one expression: leave the semicolon out",
        Token::LBracket | Token::RBracket => "write a list in parentheses: x in ('a', 'b')",
        Token::Placeholder(_) => "name a column: person.x, context.x, event.x or at",
        Token::DoubleQuotedString(inner) => return Some(text(inner)),
        Token::Word(word) => match word.quote_style {
            Some('"' | '“') => return Some(text(&word.value)),
            Some(_) => "names stand without quotes: person.orders",
            None => match word.keyword {
                Keyword::SELECT | Keyword::EXISTS | Keyword::UNION => {
                    "a rule sees one row: compute it in a feature and compare that"
                }
                Keyword::OVER => AGGREGATE,
                Keyword::ILIKE => "write lower(x) like 'pattern'",
                _ => return None,
            },
        },
        _ => return None,
    };
    Some(fixed.to_owned())
}

/// What to write instead of a function that no rule may call.
pub(super) fn forbidden(function: &str) -> Option<(&'static str, &'static str)> {
    match function {
        "now" | "current_timestamp" | "current_date" | "current_time" | "localtimestamp"
        | "localtime" | "today" | "getdate" | "sysdate" | "clock_timestamp" | "unix_timestamp" => {
            Some(("reads the clock", AT))
        }
        "random" | "rand" | "uuid" | "gen_random_uuid" | "newid" => Some(("is chance", CHANCE)),
        "count" | "sum" | "avg" | "mean" | "min" | "max" | "median" | "stddev" | "var"
        | "array_agg" | "string_agg" | "approx_distinct" | "first_value" | "last_value"
        | "row_number" | "rank" | "dense_rank" | "lag" | "lead" | "ntile" => {
            Some(("looks at many rows", AGGREGATE))
        }
        _ => None,
    }
}

/// The hint for what looks at many rows.
pub(super) fn aggregate_hint() -> &'static str {
    AGGREGATE
}

/// The words of an expression between two locations.
pub(super) fn slice(expression: &str, span: Span) -> Option<String> {
    if span.start.line == 0 {
        return None;
    }
    let (from, to) = (offset(expression, span.start)?, offset(expression, span.end)?);
    expression.get(from..to).map(|words| words.trim().to_owned()).filter(|words| !words.is_empty())
}

fn offset(expression: &str, at: Location) -> Option<usize> {
    let mut line_start = 0;
    for _ in 1..at.line {
        line_start += expression.get(line_start..)?.find('\n')? + 1;
    }
    let column = usize::try_from(at.column.checked_sub(1)?).ok()?;
    let line = expression.get(line_start..)?;
    let width = line.char_indices().nth(column).map_or(line.len(), |(index, _)| index);
    Some(line_start + width)
}

/// The nearest of `names`, when one is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let asked = name.to_lowercase();
    names
        .map(|other| (distance(&asked, &other.to_lowercase()), other))
        .filter(|(far, other)| *far <= other.chars().count().max(asked.chars().count()) / 2)
        .min()
        .map(|(_, other)| other)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let swap = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = swap.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
