//! Drift: is what comes in now what a model was built on?
//!
//! A p-value falls with every row even where nothing that matters moved; sizes ([`bins::psi`],
//! [`distance`]) do not. Alarm by size against what earlier chunks showed ([`threshold`]), and use p-values
//! only for small samples. Inputs are counts or weighted points, so sketches will do.

pub mod bins;
pub mod distance;
pub mod interval;
pub mod survival;
pub mod threshold;

#[cfg(test)]
mod tests;
