//! Channels that carry messages out, one folder each and all of one shape: `options` (how it is set
//! up), `message` (what a message looks like on the wire), `send` (the conversation with the other
//! side, and what its end means), `tests`.
#![warn(missing_docs)]

pub mod smtp;
