//! The nouns of Gyre: ids, time, records, resources' runtime forms. No IO.
