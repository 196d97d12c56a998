//! The boards that every workspace has, as the YAML beside this file says.

use crate::parse::{Parsed, parse};
use std::sync::LazyLock;

/// The files and what they say, in the order in which they are listed.
const FILES: [(&str, &str); 9] = [
    ("campaign_performance.yaml", include_str!("boards/campaign_performance.yaml")),
    ("channel_content.yaml", include_str!("boards/channel_content.yaml")),
    ("audience_understanding.yaml", include_str!("boards/audience_understanding.yaml")),
    ("executive.yaml", include_str!("boards/executive.yaml")),
    ("retention_ltv.yaml", include_str!("boards/retention_ltv.yaml")),
    ("channel_roi.yaml", include_str!("boards/channel_roi.yaml")),
    ("lifecycle.yaml", include_str!("boards/lifecycle.yaml")),
    ("fulfilment.yaml", include_str!("boards/fulfilment.yaml")),
    ("data_quality.yaml", include_str!("boards/data_quality.yaml")),
];

static SHIPPED: LazyLock<Vec<Parsed>> =
    LazyLock::new(|| FILES.iter().flat_map(|(name, text)| parse(name, text).0).collect());

/// The boards that every workspace has. An applied board of the same name stands in for one.
pub fn boards() -> &'static [Parsed] {
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::{FILES, boards};
    use crate::{check, parse};

    #[test]
    fn the_shipped_boards_are_sound() {
        for (name, text) in FILES {
            let (parsed, found) = parse(name, text);
            assert!(found.is_empty(), "{}", found[0]);
            // The file is called as the board.
            let board = parsed[0].resource().unwrap();
            assert_eq!(format!("{}.yaml", board.metadata.name), name);
        }
        let found = check(boards(), &[], &|_| Ok(()));
        assert!(found.is_empty(), "{}", found[0]);
    }
}
