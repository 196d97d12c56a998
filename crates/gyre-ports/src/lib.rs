//! What Gyre asks of the world: traits, error kinds, contract suites, in-memory adapters.
