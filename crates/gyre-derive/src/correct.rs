//! Putting right: what events said of a trait is forgotten, and one value stands in its place.

use crate::definition::{Definition, Definitions};
use crate::tile::{Tile, Tiles};
use gyre_model::Timestamp;
use serde_json::Value as Json;

impl Tiles {
    /// Forgets everything that follows from what was said of a trait. Counts of calls stay: they are no
    /// values.
    pub fn forget_trait(&mut self, definitions: &Definitions, name: &str) {
        for definition in reading(definitions, name) {
            self.0.retain(|(key, _), _| *key != definition.key);
        }
    }

    /// Puts a value in the place of what was forgotten, as if it had been said at `at`; the features
    /// that have it now. A value that does not fit a feature's type is none for it.
    pub fn put_trait(
        &mut self,
        definitions: &Definitions,
        name: &str,
        value: &Json,
        at: Timestamp,
    ) -> Vec<String> {
        let mut fits = Vec::new();
        for definition in reading(definitions, name) {
            if let Some(partial) = definition.partial_of(value, at) {
                let tile = Tile { partial, latest: at };
                self.put(definition.key, definition.bucket(at), tile);
                fits.push(definition.name.clone());
            }
        }
        fits
    }

    /// Takes over what was kept elsewhere.
    pub fn absorb(&mut self, other: &Self) {
        for ((key, bucket), tile) in &other.0 {
            self.put(*key, *bucket, tile.clone());
        }
    }
}

/// The definitions that are made of the values of a trait, in order of their names.
pub fn reading<'a>(
    definitions: &'a Definitions,
    name: &'a str,
) -> impl Iterator<Item = &'a Definition> {
    definitions.all().iter().filter(move |definition| definition.reads_trait(name))
}
