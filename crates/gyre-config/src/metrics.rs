//! The metrics that every workspace has, as the YAML beside this file says.

use crate::parse::{Parsed, parse};
use std::sync::LazyLock;

/// The files and what they say.
const FILES: [(&str, &str); 7] = [
    ("messages.yaml", include_str!("metrics/messages.yaml")),
    ("commerce.yaml", include_str!("metrics/commerce.yaml")),
    ("people.yaml", include_str!("metrics/people.yaml")),
    ("effect.yaml", include_str!("metrics/effect.yaml")),
    ("money.yaml", include_str!("metrics/money.yaml")),
    ("visits.yaml", include_str!("metrics/visits.yaml")),
    ("loop.yaml", include_str!("metrics/loop.yaml")),
];

static BUILT_IN: LazyLock<Vec<Parsed>> =
    LazyLock::new(|| FILES.iter().flat_map(|(name, text)| parse(name, text).0).collect());

/// The metrics that every workspace has. An applied metric of the same name stands in for one.
pub fn metrics() -> &'static [Parsed] {
    &BUILT_IN
}

#[cfg(test)]
mod tests {
    use super::{FILES, metrics};
    use crate::{check, parse};

    #[test]
    fn the_built_in_metrics_are_sound() {
        for (name, text) in FILES {
            let (_, found) = parse(name, text);
            assert!(found.is_empty(), "{}", found[0]);
        }
        let found = check(metrics(), &[], &|_| Ok(()));
        assert!(found.is_empty(), "{}", found[0]);
        let named = metrics().iter().filter_map(|one| one.resource());
        assert!(named.clone().all(|one| one.metadata.description.is_some()));
    }
}
