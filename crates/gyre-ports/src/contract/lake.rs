//! The contract of the lake.
