//! Every interleaving of a reader with appends and commits, with the real tail: in the right order of
//! steps a reader always sees a prefix; in the wrong order it does not, which shows that this test
//! would notice.

use crate::columns::offsets;
use crate::fence::Fences;
use crate::tail::{Part, Piece, Tail};
use gyre_ports::contract::lake::events;

const TABLE: &str = "events";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Append(u64, u64),
    /// Commits what is in the tail, and publishes it.
    Publish,
    Trim,
    TakeTail,
    TakePublished,
}
use Step::{Append, Publish, TakePublished, TakeTail, Trim};

/// What is published: the rows below `end`, and their fence.
#[derive(Debug, Clone, Default)]
struct Published {
    offsets: Vec<i64>,
    fences: Fences,
}

#[derive(Debug, Default)]
struct World {
    tail: Tail,
    published: Published,
    appended: u64,
    seen_tail: Option<Part>,
    seen_published: Option<Published>,
    before: Option<u64>,
}

impl World {
    fn take(&mut self, step: Step) {
        match step {
            Append(from, to) => {
                let rows = events(0, from..to).rows;
                let piece = Piece { partition: 0, shown: rows.clone(), rows };
                self.tail.append(TABLE, &piece, &self.published.fences);
                self.appended = self.appended.max(to);
            }
            Publish => {
                let part = self.tail.part(TABLE);
                for rows in part.rows_above(&self.published.fences) {
                    self.published.offsets.extend(offsets(&rows));
                }
                for (partition, end) in part.ends_above(&self.published.fences) {
                    self.published.fences.set(partition, Some(end));
                }
            }
            Trim => drop(self.tail.trim(TABLE, &self.published.fences)),
            TakeTail => {
                self.before.get_or_insert(self.appended);
                self.seen_tail = Some(self.tail.part(TABLE));
            }
            TakePublished => {
                self.before.get_or_insert(self.appended);
                self.seen_published = Some(self.published.clone());
            }
        }
    }

    /// Whether the reader saw a prefix, each row once, and all that was there when it began.
    fn is_right(&self) -> bool {
        let published = self.seen_published.as_ref().unwrap();
        let mut seen = published.offsets.clone();
        for rows in self.seen_tail.as_ref().unwrap().rows_above(&published.fences) {
            seen.extend(offsets(&rows));
        }
        seen.len() as u64 >= self.before.unwrap()
            && seen.iter().enumerate().all(|(index, offset)| *offset == index as i64)
    }
}

/// All ways to merge the sequences, keeping the order within each.
fn merges(sequences: &[&[Step]]) -> Vec<Vec<Step>> {
    if sequences.iter().all(|sequence| sequence.is_empty()) {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, sequence) in sequences.iter().enumerate() {
        let Some((first, rest)) = sequence.split_first() else { continue };
        let mut left = sequences.to_vec();
        left[index] = rest;
        for mut merged in merges(&left) {
            merged.insert(0, *first);
            all.push(merged);
        }
    }
    all
}

fn wrong(reader: &[Step]) -> (usize, usize) {
    // The second append replays rows of the first.
    let writer = [Append(0, 3), Append(1, 6)];
    let committer = [Publish, Trim, Publish, Trim];
    let all = merges(&[&writer, &committer, reader]);
    let wrong = all.iter().filter(|steps| {
        let mut world = World::default();
        steps.iter().for_each(|step| world.take(*step));
        !world.is_right()
    });
    (wrong.count(), all.len())
}

#[test]
fn tail_first_then_what_is_published_is_always_a_prefix() {
    assert_eq!(wrong(&[TakeTail, TakePublished]), (0, 420));
}

#[test]
fn the_other_order_loses_rows() {
    let (wrong, all) = wrong(&[TakePublished, TakeTail]);
    assert!(wrong > 0, "none of {all} interleavings was wrong: this test cannot fail");
}
