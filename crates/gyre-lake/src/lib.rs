//! The embedded lake: Delta tables with a hot tail.
