//! The contract of the state.
