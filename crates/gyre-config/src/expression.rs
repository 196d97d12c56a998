//! Arithmetic over metrics: names, numbers, `+ - * /` and parentheses.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

/// How deep parentheses and signs may go.
const DEEPEST: usize = 32;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A metric.
    Name(String),
    /// A number.
    Number(f64),
    /// Two expressions and what is between them: `+`, `-`, `*` or `/`.
    Binary(Box<Self>, char, Box<Self>),
}

impl Expression {
    /// Reads an expression, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text.chars().peekable(), depth: 0 };
        let whole = reader.sum()?;
        match reader.next() {
            None => Ok(whole),
            Some(letter) => Err(format!("`{letter}` is not expected there")),
        }
    }

    /// The metrics it names.
    pub fn names(&self) -> BTreeSet<&str> {
        match self {
            Self::Name(name) => BTreeSet::from([name.as_str()]),
            Self::Number(_) => BTreeSet::new(),
            Self::Binary(left, _, right) => left.names().union(&right.names()).copied().collect(),
        }
    }

    /// Its value; none where a metric has none, or something is divided by nought.
    pub fn value(&self, of: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
        let value = match self {
            Self::Name(name) => of(name)?,
            Self::Number(number) => *number,
            Self::Binary(left, operator, right) => {
                let (left, right) = (left.value(of)?, right.value(of)?);
                match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    _ => left / right,
                }
            }
        };
        value.is_finite().then_some(value)
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

impl Reader<'_> {
    /// The next letter that is no white space, not taken.
    fn next(&mut self) -> Option<char> {
        while self.rest.next_if(|letter| letter.is_whitespace()).is_some() {}
        self.rest.peek().copied()
    }

    fn sum(&mut self) -> Result<Expression, String> {
        self.chain(&['+', '-'], Self::product)
    }

    fn product(&mut self) -> Result<Expression, String> {
        self.chain(&['*', '/'], Self::single)
    }

    fn chain(
        &mut self,
        operators: &[char],
        part: fn(&mut Self) -> Result<Expression, String>,
    ) -> Result<Expression, String> {
        let mut left = part(self)?;
        while let Some(operator) = self.next().filter(|letter| operators.contains(letter)) {
            self.rest.next();
            left = Expression::Binary(Box::new(left), operator, Box::new(part(self)?));
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Expression, String> {
        match self.next() {
            None => Err("the expression ends too early".to_owned()),
            Some('(') => {
                self.rest.next();
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("too many parentheses".to_owned());
                }
                let inner = self.sum()?;
                self.depth -= 1;
                if self.next() != Some(')') {
                    return Err("a parenthesis is not closed".to_owned());
                }
                self.rest.next();
                Ok(inner)
            }
            Some(letter) if letter.is_ascii_digit() => {
                let digits = self.word(|letter| letter.is_ascii_digit() || letter == '.');
                let number = digits.parse().map_err(|_| format!("`{digits}` is no number"))?;
                Ok(Expression::Number(number))
            }
            Some(letter) if letter.is_ascii_lowercase() => {
                Ok(Expression::Name(self.word(|letter| {
                    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
                })))
            }
            Some(letter) => Err(format!("`{letter}` is not expected there")),
        }
    }

    fn word(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut word = String::new();
        while let Some(letter) = self.rest.next_if(|letter| fits(*letter)) {
            word.push(letter);
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;

    fn check(text: &str, expected: Result<Option<f64>, &str>) {
        let of = |name: &str| match name {
            "margin" => Some(30.0),
            "cost" => Some(12.0),
            "nought" => Some(0.0),
            _ => None,
        };
        let found = Expression::parse(text).map(|one| one.value(&of));
        assert_eq!(found, expected.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn what_binds_stronger_comes_first() {
        check("(margin - cost) / cost", Ok(Some(1.5)));
        check("margin - cost / cost", Ok(Some(29.0)));
        check("10 - 4 - 3", Ok(Some(3.0)));
        check("1.5*(2+cost)", Ok(Some(21.0)));
    }

    #[test]
    fn what_has_no_value_has_none() {
        check("margin / nought", Ok(None));
        check("nought / nought", Ok(None));
        check("margin - unknown", Ok(None));
    }

    #[test]
    fn what_is_no_arithmetic_is_refused() {
        check("margin +", Err("the expression ends too early"));
        check("(margin", Err("a parenthesis is not closed"));
        check("margin cost", Err("`c` is not expected there"));
        check("margin; drop table x", Err("`;` is not expected there"));
        check("1.2.3", Err("`1.2.3` is no number"));
        assert!(Expression::parse(&"(".repeat(100_000)).is_err());
    }
}
