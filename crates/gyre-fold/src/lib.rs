//! The embedded fold: what follows from the journal, in fjall.
