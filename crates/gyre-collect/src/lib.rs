//! Collection: bytes of a Segment call in, journal records out.
