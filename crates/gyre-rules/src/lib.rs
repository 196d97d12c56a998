//! Rules: SQL boolean expressions compiled once, evaluated on Arrow batches.
