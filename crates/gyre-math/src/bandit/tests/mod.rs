//! Known vectors and simulations of bandits.

mod budget;
mod delay;
mod explore;
mod laws;
mod linear;
mod regret;
mod segments;
mod time;
