//! Known vectors and simulations of off-policy evaluation.

mod evaluable;
mod laws;
mod sequences;
mod toy;
