//! Intents, rendering and the life of an outbox row.
