//! The texts that ship, by language: what nobody wrote into the policy is taken from here.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The language of last resort.
pub(super) const ENGLISH: &str = "en";

static TEXTS: LazyLock<BTreeMap<String, Texts>> =
    LazyLock::new(|| serde_json::from_str(include_str!("texts.json")).unwrap_or_default());

/// The texts of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    pub(super) title: String,
    pub(super) intro: String,
    pub(super) save: String,
    pub(super) saved: String,
    pub(super) unsubscribe: String,
    pub(super) unsubscribe_intro: String,
    pub(super) unsubscribed: String,
    pub(super) notice: String,
    /// What contact by e-mail is called where the policy asks nothing of its own.
    pub(super) news: String,
    /// The heading where a link does not work.
    pub(super) broken: String,
    pub(super) broken_hint: String,
}

/// The texts of a language that ships.
pub(super) fn shipped(language: &str) -> Option<&'static Texts> {
    TEXTS.get(language)
}

/// The languages that ship.
pub(super) fn languages() -> impl Iterator<Item = (&'static str, &'static Texts)> {
    TEXTS.iter().map(|(name, texts)| (name.as_str(), texts))
}

/// The texts of a language; English where it does not ship.
pub(super) fn texts(language: &str) -> &'static Texts {
    static NONE: LazyLock<Texts> = LazyLock::new(Texts::default);
    shipped(language).or_else(|| shipped(ENGLISH)).unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::languages;

    #[test]
    fn every_language_that_ships_says_everything() {
        let names: Vec<_> = languages().map(|(name, _)| name).collect();
        assert_eq!(names, ["de", "en", "es", "fr", "it", "ja", "nl", "pt"]);
        for (name, texts) in languages() {
            let said = format!("{texts:?}");
            assert!(!said.contains(": \"\""), "{name}: {said}");
        }
    }
}
