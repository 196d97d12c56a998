//! Tests of questions, statements and numbers; what statements give is tested where there is a lake.
