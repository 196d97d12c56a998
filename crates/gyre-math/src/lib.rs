//! Pure numerics: sums in, numbers out.
