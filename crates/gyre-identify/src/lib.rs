//! Identity: edges in, people out.
