//! What is answered: numbers under names, in an order that people can read, as JSON or as a table.

use gyre_math::experiment::interval::{Estimate, Interval};
use gyre_math::uplift::causal_ml::Measured;
use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// Values by name, in the order written.
macro_rules! fields {
    ($($name:literal : $value:expr),* $(,)?) => {
        $crate::answer::Node::Fields(vec![
            $(($name.to_owned(), $crate::answer::Node::from($value))),*
        ])
    };
}
pub(crate) use fields;

/// A value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// Nothing: a bound that is not there.
    None,
    /// A number; one that is not finite is a bound that is not there.
    Number(f64),
    /// A count.
    Count(u64),
    /// A word.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// Several values.
    List(Vec<Self>),
    /// Values by name, in order.
    Fields(Vec<(String, Self)>),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(value) if value.is_finite() => serializer.serialize_f64(*value),
            Self::None | Self::Number(_) => serializer.serialize_unit(),
            Self::Count(value) => serializer.serialize_u64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(all) => serializer.collect_seq(all),
            Self::Fields(all) => {
                let mut map = serializer.serialize_map(Some(all.len()))?;
                for (name, value) in all {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl From<f64> for Node {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<u64> for Node {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}

impl From<u32> for Node {
    fn from(value: u32) -> Self {
        Self::Count(value.into())
    }
}

impl From<usize> for Node {
    fn from(value: usize) -> Self {
        Self::Count(value as u64)
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl From<&str> for Node {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Node {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Node {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Node {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Clone + Into<Self>> From<&[T]> for Node {
    fn from(values: &[T]) -> Self {
        values.to_vec().into()
    }
}

impl From<Interval> for Node {
    fn from(interval: Interval) -> Self {
        fields! { "low": interval.low, "high": interval.high }
    }
}

impl From<Estimate> for Node {
    fn from(estimate: Estimate) -> Self {
        let Estimate { value, standard_error, interval, p_value, alpha } = estimate;
        fields! {
            "value": value, "standard_error": standard_error, "interval": interval,
            "p_value": p_value, "alpha": alpha,
        }
    }
}

impl From<Measured> for Node {
    fn from(found: Measured) -> Self {
        let Measured { value, standard_error, interval, p_value } = found;
        fields! {
            "value": value, "standard_error": standard_error, "interval": interval,
            "p_value": p_value,
        }
    }
}

impl Node {
    /// The same with more fields behind it; what has no fields becomes `value`.
    #[must_use]
    pub(crate) fn and(self, more: Self) -> Self {
        let fields = |node| match node {
            Self::Fields(fields) => fields,
            other => vec![("value".to_owned(), other)],
        };
        let mut all = fields(self);
        all.extend(fields(more));
        Self::Fields(all)
    }

    /// The value of a field.
    #[cfg(test)]
    pub(crate) fn get(&self, path: &str) -> &Self {
        path.split('.').fold(self, |node, name| match node {
            Self::Fields(all) => {
                all.iter().find(|(key, _)| key == name).map_or(&Self::None, |(_, value)| value)
            }
            Self::List(all) => {
                name.parse::<usize>().ok().and_then(|i| all.get(i)).unwrap_or(&Self::None)
            }
            _ => &Self::None,
        })
    }
}
