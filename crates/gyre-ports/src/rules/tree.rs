//! The tree of a rule: what the language can say, and how it is printed back as SQL.

use gyre_model::{Span, Timestamp};
use std::fmt;

/// The types of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Of `null` alone, which fits every type.
    Null,
    /// `true` and `false`.
    Bool,
    /// Whole numbers of 64 bits; they wrap around when they overflow.
    Int,
    /// Floating-point numbers of 64 bits in their total order, but that both zeros are equal.
    Float,
    /// Text, in the order of its bytes.
    Text,
    /// Instants in microseconds.
    Time,
    /// Lengths of time in microseconds.
    Span,
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// `42`.
    Int(i64),
    /// `4.2`; always finite.
    Float(f64),
    /// `'gold'`.
    Text(String),
    /// `timestamp '2026-03-01T00:00:00Z'`.
    Time(Timestamp),
    /// `interval '30 days'`.
    Span(Span),
}

/// `=` and its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// `+` and its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`: whole numbers are divided towards zero; division by zero gives null.
    Divide,
}

/// What `is` asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    /// `is null`
    Null,
    /// `is true`
    True,
    /// `is false`
    False,
}

/// A node of the tree. Logic is SQL's: true, false and null.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A constant.
    Literal(Literal),
    /// A column by its whole name, for example `person.orders`.
    Column(String),
    /// `not x`
    Not(Box<Self>),
    /// `-x`
    Negate(Box<Self>),
    /// `x and y and …`; never empty.
    And(Vec<Self>),
    /// `x or y or …`; never empty.
    Or(Vec<Self>),
    /// `x = y` and its like.
    Compare(Comparison, Box<Self>, Box<Self>),
    /// `x + y` and its like.
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
    /// `x in (…)`
    In(Box<Self>, Vec<Self>),
    /// `x like pattern`; a backslash escapes the next character.
    Like(Box<Self>, Box<Self>),
    /// `x is null` and its like; never null.
    Is(Box<Self>, Test),
    /// `case when … then … else … end`; null when nothing fits.
    Case(Vec<(Self, Self)>, Option<Box<Self>>),
    /// `cast(x as type)`; null when the value does not fit.
    Cast(Box<Self>, Type),
    /// A function by its lower-case name.
    Call(String, Vec<Self>),
}

impl Term {
    /// The terms directly below.
    pub fn children(&self) -> Vec<&Self> {
        match self {
            Self::Literal(_) | Self::Column(_) => Vec::new(),
            Self::Not(term) | Self::Negate(term) | Self::Is(term, _) | Self::Cast(term, _) => {
                vec![term]
            }
            Self::And(terms) | Self::Or(terms) | Self::Call(_, terms) => terms.iter().collect(),
            Self::Compare(_, left, right)
            | Self::Arithmetic(_, left, right)
            | Self::Like(left, right) => vec![left, right],
            Self::In(term, list) => std::iter::once(&**term).chain(list).collect(),
            Self::Case(branches, otherwise) => branches
                .iter()
                .flat_map(|(when, then)| [when, then])
                .chain(otherwise.as_deref())
                .collect(),
        }
    }

    /// How many terms it is made of.
    pub fn size(&self) -> usize {
        self.children().into_iter().map(Self::size).sum::<usize>() + 1
    }

    /// Whether a column that fits is read anywhere below.
    pub fn reads(&self, fits: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Column(name) => fits(name),
            _ => self.children().into_iter().any(|child| child.reads(fits)),
        }
    }

    /// Whether it needs what is known only when asked: `context.*` or `event.*`.
    pub fn needs_context(&self) -> bool {
        self.reads(&|name| name.starts_with("context.") || name.starts_with("event."))
    }

    /// The terms of its top-level conjunction.
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::And(terms) => terms,
            term => std::slice::from_ref(term),
        }
    }

    /// Adds the names of the columns it reads.
    pub fn collect_columns(&self, into: &mut std::collections::BTreeSet<String>) {
        if let Self::Column(name) = self {
            into.insert(name.clone());
        }
        for child in self.children() {
            child.collect_columns(into);
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Text => "text",
            Self::Time => "a time",
            Self::Span => "a length of time",
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        })
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            // Debug keeps the point, so that it is read back as a float.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(value) => write!(f, "'{}'", value.replace('\'', "''")),
            Self::Time(value) => write!(f, "timestamp '{value}'"),
            Self::Span(value) => write_span(f, *value),
        }
    }
}

fn write_span(f: &mut fmt::Formatter<'_>, span: Span) -> fmt::Result {
    for (unit, name) in [
        (Span::DAY, "days"),
        (Span::HOUR, "hours"),
        (Span::MINUTE, "minutes"),
        (Span::SECOND, "seconds"),
    ] {
        if span.0 % unit.0 == 0 {
            return write!(f, "interval '{} {name}'", span.0 / unit.0);
        }
    }
    write!(f, "interval '{} microseconds'", span.0)
}

fn write_list(f: &mut fmt::Formatter<'_>, terms: &[Term], between: &str) -> fmt::Result {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        write!(f, "{term}")?;
    }
    Ok(())
}

/// Prints SQL that parses to the same tree: every compound term stands in parentheses.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Column(name) => f.write_str(name),
            Self::Not(term) => write!(f, "(not {term})"),
            // The space keeps two signs from opening a comment.
            Self::Negate(term) => write!(f, "(- {term})"),
            Self::And(terms) | Self::Or(terms) => {
                f.write_str("(")?;
                let between = if matches!(self, Self::And(_)) { " and " } else { " or " };
                write_list(f, terms, between)?;
                f.write_str(")")
            }
            Self::Compare(op, left, right) => write!(f, "({left} {op} {right})"),
            Self::Arithmetic(op, left, right) => write!(f, "({left} {op} {right})"),
            Self::In(term, list) => {
                write!(f, "({term} in (")?;
                write_list(f, list, ", ")?;
                f.write_str("))")
            }
            Self::Like(term, pattern) => write!(f, "({term} like {pattern})"),
            Self::Is(term, test) => {
                let test = match test {
                    Test::Null => "null",
                    Test::True => "true",
                    Test::False => "false",
                };
                write!(f, "({term} is {test})")
            }
            Self::Case(branches, otherwise) => {
                f.write_str("case")?;
                for (when, then) in branches {
                    write!(f, " when {when} then {then}")?;
                }
                if let Some(otherwise) = otherwise {
                    write!(f, " else {otherwise}")?;
                }
                f.write_str(" end")
            }
            Self::Cast(term, to) => {
                let to = match to {
                    Type::Int => "bigint",
                    Type::Float => "double",
                    Type::Bool => "boolean",
                    Type::Time => "timestamp",
                    Type::Span => "interval",
                    Type::Text | Type::Null => "text",
                };
                write!(f, "cast({term} as {to})")
            }
            Self::Call(name, arguments) => {
                write!(f, "{name}(")?;
                write_list(f, arguments, ", ")?;
                f.write_str(")")
            }
        }
    }
}
