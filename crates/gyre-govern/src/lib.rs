//! The laws of contact as pure verdicts on facts.
