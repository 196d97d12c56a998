//! Rewards inside their window become posteriors.
