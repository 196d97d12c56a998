//! How keys are laid out. All of this is on disk: nothing here is ever renumbered.
//!
//! A partition has one keyspace whose keys begin with the code of their space, and *bins* of message
//! hashes whose keys begin with the tag of their hour. Code 0 is the fold's own bookkeeping.

use gyre_model::Partition;
use gyre_ports::fold::Space;

/// The name of the keyspace that knows the form, the number of partitions and their generations.
pub(crate) const LEDGER: &str = "gyre";
/// The ledger's key of the form of all this.
pub(crate) const FORM: &[u8] = b"form";
/// The ledger's key of the number of partitions.
pub(crate) const PARTITIONS: &[u8] = b"partitions";
/// The position's key in a partition's own keyspace.
pub(crate) const POSITION: &[u8] = &[0, b'p'];
/// The key of the next tag of an hour.
pub(crate) const NEXT_TAG: &[u8] = &[0, b't'];
/// What the keys of live hours begin with.
pub(crate) const HOURS: &[u8] = &[0, b'h'];

/// The longest key of a caller: fjall's limit less the longest prefix.
pub(crate) const LONGEST: usize = u16::MAX as usize - size_of::<u32>();

/// What the keys of one space begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    Code(u8),
    Tag(u32),
}

impl Prefix {
    /// Of a space that is not an hour.
    pub(crate) fn of(space: Space) -> Option<Self> {
        match space {
            Space::Node => Some(Self::Code(1)),
            Space::Person => Some(Self::Code(2)),
            Space::Wheel => Some(Self::Code(3)),
            Space::Meta => Some(Self::Code(4)),
            Space::Link => Some(Self::Code(5)),
            Space::Dedup(_) => None,
        }
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Self::Code(_) => 1,
            Self::Tag(_) => size_of::<u32>(),
        }
    }

    /// The stored form of a key.
    pub(crate) fn key(self, key: &[u8]) -> Vec<u8> {
        let mut stored = Vec::with_capacity(self.len() + key.len());
        match self {
            Self::Code(code) => stored.push(code),
            Self::Tag(tag) => stored.extend(tag.to_be_bytes()),
        }
        stored.extend(key);
        stored
    }

    /// The first stored key after all keys of this space.
    pub(crate) fn end(self) -> Vec<u8> {
        match self {
            Self::Code(code) => vec![code + 1],
            // The last tag is never handed out.
            Self::Tag(tag) => tag.saturating_add(1).to_be_bytes().to_vec(),
        }
    }
}

/// The ledger's key of a partition's generation.
pub(crate) fn generation(partition: Partition) -> Vec<u8> {
    [b"generation".as_slice(), &partition.to_be_bytes()].concat()
}

/// The name of a partition's own keyspace.
pub(crate) fn main(partition: Partition, generation: u64) -> String {
    format!("{partition}.{generation}")
}

/// The name of a bin.
pub(crate) fn bin(partition: Partition, generation: u64, bin: u32) -> String {
    format!("{partition}.{generation}.dedup.{bin}")
}

/// The number of a bin by its name; `None` for another keyspace or another partition's.
pub(crate) fn bin_of(partition: Partition, generation: u64, name: &str) -> Option<u32> {
    name.strip_prefix(&format!("{partition}.{generation}.dedup."))?.parse().ok()
}

/// The key of a live hour; ordered like the hour.
pub(crate) fn hour(hour: i32) -> Vec<u8> {
    [HOURS, &hour_bits(hour).to_be_bytes()].concat()
}

/// The hour of such a key.
pub(crate) fn hour_of(key: &[u8]) -> Option<i32> {
    let bits = u32::from_be_bytes(key.strip_prefix(HOURS)?.try_into().ok()?);
    Some((bits ^ (1 << 31)) as i32)
}

fn hour_bits(hour: i32) -> u32 {
    // Flipping the sign makes the order of the bytes that of the numbers.
    hour as u32 ^ (1 << 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_ordered_like_numbers() {
        let hours = [i32::MIN, -1, 0, 1, 493_000, i32::MAX];
        let keys = hours.map(hour);
        assert!(keys.is_sorted());
        assert_eq!(keys.map(|key| hour_of(&key).unwrap()), hours);
    }

    #[test]
    fn a_space_ends_before_the_next_begins() {
        for tag in [0, 255, 256, u32::MAX - 1] {
            let (this, next) = (Prefix::Tag(tag), Prefix::Tag(tag + 1));
            assert!(this.key(&[255; 9]) < this.end() && this.end() <= next.key(b""));
        }
        assert!(Prefix::Code(1).key(&[255; 9]) < Prefix::Code(1).end());
    }

    #[test]
    fn a_bin_is_known_by_its_name() {
        assert_eq!(bin_of(1, 2, &bin(1, 2, 3)), Some(3));
        assert_eq!(bin_of(1, 2, &main(1, 2)), None);
        assert_eq!(bin_of(1, 2, &bin(1, 20, 3)), None);
        assert_eq!(bin_of(1, 2, &bin(11, 2, 3)), None);
    }
}
