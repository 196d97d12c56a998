//! What is asked of each group's moments, in their order.

use super::accumulator::Moment;
use super::pattern::Pattern;
use arrow_array::{ArrayRef, BooleanArray, Int32Array, ListArray};
use arrow_schema::{DataType, Field};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::common::Result;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub(super) enum Question {
    /// How many of the conditions were met one after another, within so many microseconds of the first.
    Funnel { window: i64 },
    /// Whether the first condition was met, and with it each of the others, whenever that was.
    Retention { conditions: usize },
    /// Whether the pattern occurs.
    Match(Pattern),
}

/// The item of the answer of `retention`: 1 or 0, so that it can be summed.
pub(super) fn item() -> Field {
    Field::new_list_field(DataType::Int32, true)
}

impl Question {
    /// An answer for each of so many groups, from their sorted moments.
    pub(super) fn answer(&self, groups: usize, moments: &[Moment]) -> Result<ArrayRef> {
        Ok(match self {
            Self::Funnel { window } => {
                let mut begun = [None; super::MOST];
                let deepest = each(groups, moments, |of| Ok(funnel(of, *window, &mut begun)))?;
                Arc::new(Int32Array::from(deepest))
            }
            Self::Retention { conditions } => {
                let met =
                    each(groups, moments, |of| Ok(of.iter().fold(0, |all, it| all | it.met())))?;
                let cells = met.iter().flat_map(|met| {
                    (0..*conditions)
                        .map(move |place| i32::from(met & 1 == 1 && met >> place & 1 == 1))
                });
                let values = Int32Array::from_iter_values(cells);
                let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(*conditions, groups));
                Arc::new(ListArray::new(Arc::new(item()), offsets, Arc::new(values), None))
            }
            Self::Match(pattern) => {
                Arc::new(BooleanArray::from(each(groups, moments, |of| pattern.occurs(of))?))
            }
        })
    }
}

/// What a group of no moments has, too.
fn each<T: Default + Clone>(
    groups: usize,
    moments: &[Moment],
    mut answer: impl FnMut(&[Moment]) -> Result<T>,
) -> Result<Vec<T>> {
    let mut answers = vec![T::default(); groups];
    for of in moments.chunk_by(|one, next| one.group() == next.group()) {
        answers[of[0].group()] = answer(of)?;
    }
    Ok(answers)
}

/// How deep the group came. One row takes one step at most; of several beginnings the latest that came so
/// far counts, for it leaves the most time.
fn funnel(of: &[Moment], window: i64, begun: &mut [Option<i64>; super::MOST]) -> i32 {
    begun.fill(None);
    let mut deepest = 0;
    for moment in of {
        // From the deepest step up, so that a row does not follow itself.
        let mut met = moment.met();
        while met != 0 {
            let step = met.ilog2() as usize;
            met &= !(1 << step);
            let beginning = match step {
                0 => Some(moment.at()),
                _ => begun[step - 1].filter(|begun| moment.at().saturating_sub(*begun) <= window),
            };
            if beginning.is_some() {
                begun[step] = beginning;
                deepest = deepest.max(step as i32 + 1);
            }
        }
    }
    deepest
}
