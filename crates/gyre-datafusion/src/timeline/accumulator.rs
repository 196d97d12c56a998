//! Moments of all groups in one list, in memory, between the phases of a query and on the way to the answer.

use super::argument::Arguments;
use super::question::Question;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, ListArray, UInt32Array};
use arrow_schema::{DataType, Field};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};
use std::sync::Arc;

/// A row that met a condition: its group, its time and the conditions, in one number that sorts in this
/// order. Rows of one instant go by their conditions, so that the order in which they came is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u128);

/// Makes a signed number sort as an unsigned one.
const SIGN: u64 = 1 << 63;

impl Moment {
    pub(super) fn new(group: usize, at: i64, met: u32) -> Self {
        let at = (at as u64) ^ SIGN;
        Self((group as u128) << 96 | u128::from(at) << 32 | u128::from(met))
    }

    pub(super) const fn group(self) -> usize {
        (self.0 >> 96) as usize
    }

    pub(super) const fn at(self) -> i64 {
        (((self.0 >> 32) as u64) ^ SIGN) as i64
    }

    pub(super) const fn met(self) -> u32 {
        self.0 as u32
    }

    const fn earlier_by(self, groups: usize) -> Self {
        Self(self.0 - ((groups as u128) << 96))
    }
}

/// The moments of many groups.
#[derive(Debug)]
pub(super) struct Groups {
    question: Question,
    arguments: Arguments,
    moments: Vec<Moment>,
    count: usize,
}

impl Groups {
    pub(super) const fn new(question: Question, arguments: Arguments) -> Self {
        Self { question, arguments, moments: Vec::new(), count: 0 }
    }

    /// Takes out the first groups, sorted; those that stay move up.
    fn take(&mut self, emit: EmitTo) -> (usize, Vec<Moment>) {
        let mut taken = std::mem::take(&mut self.moments);
        taken.sort_unstable();
        match emit {
            EmitTo::All => (std::mem::take(&mut self.count), taken),
            EmitTo::First(count) => {
                let end = taken.partition_point(|moment| moment.group() < count);
                self.moments =
                    taken.split_off(end).into_iter().map(|it| it.earlier_by(count)).collect();
                self.count = self.count.saturating_sub(count);
                (count, taken)
            }
        }
    }

    fn add(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) {
        self.count = total;
        self.arguments.moments(values, groups, filter, &mut self.moments);
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.add(values, groups, filter, total);
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (groups, moments) = self.take(emit);
        self.question.answer(groups, &moments)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let (groups, moments) = self.take(emit);
        Ok(lists(groups, &moments))
    }

    fn merge_batch(&mut self, state: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.count = total;
        let (at, met) = (state[0].as_list::<i32>(), state[1].as_list::<i32>());
        let times = at.values().as_primitive::<Int64Type>();
        let masks = met.values().as_primitive::<UInt32Type>();
        for (row, group) in groups.iter().enumerate() {
            if at.is_null(row) {
                continue;
            }
            let (from, until) = (at.value_offsets()[row], at.value_offsets()[row + 1]);
            let shift = met.value_offsets()[row] - from;
            for place in from..until {
                let (time, mask) =
                    (times.value(place as usize), masks.value((place + shift) as usize));
                self.moments.push(Moment::new(*group, time, mask));
            }
        }
        Ok(())
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, Array::len);
        let groups: Vec<usize> = (0..rows).collect();
        let mut moments = Vec::new();
        self.arguments.moments(values, &groups, filter, &mut moments);
        Ok(lists(rows, &moments))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.moments.capacity() * size_of::<Moment>()
    }
}

/// Sorted moments as two lists per group.
fn lists(groups: usize, moments: &[Moment]) -> Vec<ArrayRef> {
    let mut lengths = vec![0_usize; groups];
    for moment in moments {
        lengths[moment.group()] += 1;
    }
    let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
    let at = Int64Array::from_iter_values(moments.iter().map(|moment| moment.at()));
    let met = UInt32Array::from_iter_values(moments.iter().map(|moment| moment.met()));
    let list = |of, values: ArrayRef| -> ArrayRef {
        let item = Arc::new(Field::new_list_field(of, true));
        Arc::new(ListArray::new(item, offsets.clone(), values, None))
    };
    vec![list(DataType::Int64, Arc::new(at)), list(DataType::UInt32, Arc::new(met))]
}

/// The moments of all rows as one group.
#[derive(Debug)]
pub(super) struct One(pub(super) Groups);

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let rows = values.first().map_or(0, Array::len);
        self.0.add(values, &vec![0; rows], None, 1);
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.0.count = 1;
        let answer = GroupsAccumulator::evaluate(&mut self.0, EmitTo::All)?;
        ScalarValue::try_from_array(&answer, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.0.count = 1;
        let state = GroupsAccumulator::state(&mut self.0, EmitTo::All)?;
        state.iter().map(|list| ScalarValue::try_from_array(list, 0)).collect()
    }

    fn merge_batch(&mut self, state: &[ArrayRef]) -> Result<()> {
        let rows = state.first().map_or(0, Array::len);
        GroupsAccumulator::merge_batch(&mut self.0, state, &vec![0; rows], 1)
    }

    fn size(&self) -> usize {
        GroupsAccumulator::size(&self.0)
    }
}
