//! Experiments: what an arm did more than another, how sure that is, and what to do about it.

pub mod anytime;
pub mod bayes;
pub mod cuped;
pub mod decision;
pub mod group_sequential;
pub mod interval;
pub mod joint;
pub mod lift;
pub mod moments;
pub mod multiple;
pub mod power;
pub mod quantile;
pub mod ratio;
pub mod sequential;
pub mod sequential_srm;
pub mod srm;

#[cfg(test)]
mod tests;
