//! Evidence becomes proposals, proposals become versions.
