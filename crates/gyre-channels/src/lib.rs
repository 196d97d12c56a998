//! Channels that carry messages out.
