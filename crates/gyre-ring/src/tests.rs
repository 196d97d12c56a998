//! Tests of the ring on in-memory ports.
