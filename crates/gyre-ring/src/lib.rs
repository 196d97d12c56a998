//! The composition: steps over ports, no adapter.
