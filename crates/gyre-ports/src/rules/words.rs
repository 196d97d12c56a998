//! What is said before a rule is parsed: habits from other languages, and words that can never stand
//! in a rule, each with what to write instead.

use super::RuleError;
use sqlparser::ast::Expr;
use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};
use std::cell::Cell;

/// A rule is a sentence, not a data set: longer lists belong in a feature or an audience.
const MAX_BYTES: usize = 64 * 1024;
/// Operators in one rule; bounds the depth of every tree made from it.
const MAX_OPERATORS: usize = 1_000;

/// The parser tries each part of a name in two ways.
const MAX_DOTS: usize = 4;

const NAMES: &str = "columns are named person.x, event.x, context.x and at";
const CHANCE: &str = "a rule answers the same each time; for chance use an experiment or a holdout";
const AT: &str = "write `at`: rules are evaluated for an instant that is given";
const AGGREGATE: &str = "a rule sees one row: count or add up in a feature and compare that, for example person.orders > 3";

/// The least of SQL: what dialects add is not in the language.
///
/// Where words are ambiguous the parser tries one reading and then the other, and nested that takes
/// it hours. So it may begin only so many terms; an honest rule begins a term once or twice.
#[derive(Debug)]
pub(super) struct Plain {
    begun: Cell<usize>,
    allowed: usize,
}

impl Plain {
    /// For an expression of so many tokens.
    pub(super) fn new(tokens: usize) -> Self {
        Self { begun: Cell::new(0), allowed: 8 * tokens + 64 }
    }
}

impl Dialect for Plain {
    fn parse_prefix(&self, _: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        self.begun.set(self.begun.get() + 1);
        (self.begun.get() > self.allowed).then_some(Err(ParserError::RecursionLimitExceeded))
    }
    fn is_identifier_start(&self, character: char) -> bool {
        character.is_alphabetic() || character == '_'
    }
    fn is_identifier_part(&self, character: char) -> bool {
        character.is_alphanumeric() || character == '_'
    }
    // A word that opens a construct is tried as that alone: errors then tell of it.
    fn is_reserved_for_identifier(&self, _: Keyword) -> bool {
        true
    }
}

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
    let tokens =
        Tokenizer::new(&Plain::new(0), expression).tokenize_with_location().map_err(|failed| {
            RuleError {
                message: failed.message.to_lowercase(),
                words: None,
                hint: Some("text stands in single quotes: 'gold'".to_owned()),
            }
        })?;
    let mut count = 0usize;
    let mut before = &Token::EOF;
    let mut dots = 0usize;
    for TokenWithSpan { token, span } in &tokens {
        if matches!(token, Token::Whitespace(_)) {
            continue;
        }
        if let Some(hint) = foreign(token, before) {
            let words = slice(expression, *span).unwrap_or_else(|| token.to_string());
            return Err(error(format!("{words} has no meaning here"), words, hint));
        }
        dots = match token {
            Token::Period => dots + 1,
            Token::Word(_) if *before == Token::Period => dots,
            _ => 0,
        };
        if dots > MAX_DOTS {
            let words = slice(expression, *span).unwrap_or_else(|| token.to_string());
            return Err(error("the name has too many parts", words, NAMES));
        }
        count += usize::from(match token {
            Token::Word(word) => word.keyword != Keyword::NoKeyword,
            Token::Comma | Token::Period => false,
            token => !literal(token),
        });
        before = token;
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

fn literal(token: &Token) -> bool {
    matches!(token, Token::SingleQuotedString(_) | Token::Number(..))
}

/// What to write instead of a token of another language.
fn foreign(token: &Token, before: &Token) -> Option<String> {
    // The parser recurses through interval and types of types without counting levels.
    let interval = matches!(before, Token::Word(word) if word.keyword == Keyword::INTERVAL);
    if interval && !literal(token) && *token != Token::Period {
        return Some("write a length of time in quotes: interval '30 days'".to_owned());
    }
    let word = |token: &Token| matches!(token, Token::Word(_));
    if (*token == Token::Period && !word(before)) || (*before == Token::Period && !word(token)) {
        return Some(NAMES.to_owned());
    }
    let text = |inner: &str| format!("text stands in single quotes: '{inner}'");
    let fixed = match token {
        Token::DoubleEq => "write `=`",
        Token::Overlap => "write `and`",
        Token::StringConcat | Token::Pipe => "write `or`; text is joined by concat(a, b)",
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
                Keyword::SELECT | Keyword::EXISTS | Keyword::UNION if *before != Token::Period => {
                    "a rule sees one row: compute it in a feature and compare that"
                }
                Keyword::OVER if *before != Token::Period => AGGREGATE,
                // The parser reads what is in its parentheses twice.
                Keyword::POSITION if *before != Token::Period => "write strpos(x, 'part') > 0",
                // A column may have such a name, behind its dot.
                Keyword::ARRAY
                | Keyword::STRUCT
                | Keyword::MAP
                | Keyword::TUPLE
                | Keyword::NESTED
                | Keyword::NULLABLE
                | Keyword::LOWCARDINALITY
                | Keyword::TABLE
                | Keyword::SETOF
                | Keyword::ROW
                | Keyword::LAMBDA
                    if *before != Token::Period =>
                {
                    "a rule knows numbers, text, true and false, and times"
                }
                Keyword::ILIKE if *before != Token::Period => "write lower(x) like 'pattern'",
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
