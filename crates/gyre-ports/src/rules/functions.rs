//! The functions every adapter knows, and how an adapter adds its own.

use super::RuleError;
use super::tree::{Term, Type};
use super::words::{error, nearest};

/// Functions beyond the core of the language, known to one adapter.
pub trait Functions {
    /// The type of a call's result, or why it cannot be called. The arguments are typed already.
    fn result(&self, name: &str, arguments: &[(Term, Type)]) -> Result<Type, RuleError>;
}

/// No functions but the core: `coalesce`, `nullif`, `abs`, `lower`, `upper`, `length`.
#[derive(Debug, Clone, Copy, Default)]
pub struct CoreOnly;

impl Functions for CoreOnly {
    fn result(&self, name: &str, _: &[(Term, Type)]) -> Result<Type, RuleError> {
        Err(unknown(name, CORE.iter().copied()))
    }
}

const CORE: &[&str] = &["abs", "coalesce", "length", "lower", "nullif", "upper"];

/// The error for a function nobody knows.
pub fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> RuleError {
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean {near}()?"),
        None => format!("rules know {}", CORE.join(", ")),
    };
    error(format!("there is no function {name}()"), name, hint)
}

/// One name for functions that have several.
pub(super) fn canonical(name: &str) -> &str {
    match name {
        "char_length" | "character_length" => "length",
        "ceiling" => "ceil",
        "trim" => "btrim",
        "substring" => "substr",
        "ifnull" | "nvl" => "coalesce",
        "datepart" => "date_part",
        name => name,
    }
}

/// Types a call of the core; `None` when the function is not of the core. Arguments come typed.
pub(super) fn core(
    name: &str,
    arguments: &[(Term, Type)],
) -> Option<Result<(Vec<Type>, Type), RuleError>> {
    let types: Vec<Type> = arguments.iter().map(|(_, of)| *of).collect();
    let one = |wanted: Type, gives: Type| match types.as_slice() {
        [of] if *of == wanted || *of == Type::Null => Ok((vec![wanted], gives)),
        _ => Err(error(
            format!("{name}() takes {wanted}"),
            name,
            format!("write {name}(x) where x is {wanted}"),
        )),
    };
    Some(match name {
        "lower" | "upper" => one(Type::Text, Type::Text),
        "length" => one(Type::Text, Type::Int),
        "abs" if types == [Type::Int] => Ok((vec![Type::Int], Type::Int)),
        "abs" => one(Type::Float, Type::Float),
        _ => return None,
    })
}
