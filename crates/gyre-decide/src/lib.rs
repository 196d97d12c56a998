//! The next best action as a pure draw with exact probabilities.
