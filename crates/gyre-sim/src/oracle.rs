//! What could be had: expected repeat rate and net margin under policies that know the world.
//!
//! Traits and segments are those of the seed; what happens is averaged over several worlds of chance.
//! The best action per segment and per person are chosen on some of them and judged on others, so that
//! luck is not mistaken for knowledge.

use crate::customer::{Customer, Variant};
use crate::dice::Dice;
use crate::path::Path;
use crate::policy::{Policy, Segment};
use crate::time::{Calendar, Time};
use crate::world::World;

/// What a policy is expected to bring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Value {
    /// Share of customers who order in a turn.
    pub(crate) repeat: f64,
    /// Margin minus offers, per customer and turn.
    pub(crate) net: f64,
    /// What offers cost, per customer and turn.
    pub(crate) cost: f64,
    /// Contacts per customer and turn.
    pub(crate) contacts: f64,
}

/// A policy by name, with what it brings.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) value: Value,
    /// The repeat rate of its first turn.
    pub(crate) first: f64,
}

/// The oracle's answers.
#[derive(Debug, Clone)]
pub(crate) struct Oracle {
    pub(crate) rows: Vec<Row>,
    /// The best action by [`Segment::ALL`].
    pub(crate) best: [Variant; 3],
    /// Customers per segment at the start.
    pub(crate) sizes: [usize; 3],
    /// Customers per hidden kind, by [`crate::customer::Kind::ALL`].
    pub(crate) kinds: [usize; 4],
}

/// Chances for choosing; as many again are used for judging.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) chances: u64,
    /// Whether to look for the best action of each person as well.
    pub(crate) per_person: bool,
}

impl Oracle {
    /// Asks for a seed.
    pub(crate) fn ask(seed: u64, people: u32, turns: u32, effort: Effort) -> Self {
        let base = World::new(seed, people, Calendar { start: Time(1_767_225_600_000_000) });
        let paths = base.at_start();
        let segments: Vec<_> = paths.iter().map(Segment::of).collect();
        let mut kinds = [0; 4];
        for who in &base.customers {
            kinds[who.kind as usize] += 1;
        }
        let mut sizes = [0; 3];
        for segment in &segments {
            sizes[*segment as usize] += 1;
        }
        let runs = |policy: &Policy, chance: u64| reroll(&base, chance).live(policy, turns);

        // Choosing: net margin per customer under each action alone.
        let mut net = vec![[0.0; 4]; people as usize];
        for variant in Variant::ALL {
            for chance in 0..effort.chances {
                for (sum, path) in net.iter_mut().zip(runs(&Policy::Always(variant), chance)) {
                    sum[variant as usize] += net_of(&path);
                }
            }
        }
        let best = Segment::ALL.map(|segment| {
            let mut sums = [0.0; 4];
            for (row, _) in net.iter().zip(&segments).filter(|(_, own)| **own == segment) {
                row.iter().zip(&mut sums).for_each(|(one, sum)| *sum += one);
            }
            best_of(&sums)
        });
        let mut policies = vec![
            ("blanket discount".to_owned(), Policy::Always(Variant::Discount)),
            ("uniform".to_owned(), Policy::Uniform),
        ];
        for variant in &Variant::ALL[1..] {
            policies.push((format!("always {}", variant.name()), Policy::Always(*variant)));
        }
        policies.push(("best per segment".to_owned(), Policy::PerSegment(best)));
        if effort.per_person {
            let each = net.iter().map(best_of).collect();
            policies.push(("best per person".to_owned(), Policy::PerPerson(each)));
        }

        let rows = policies
            .into_iter()
            .map(|(name, policy)| {
                let mut value = Value { repeat: 0.0, net: 0.0, cost: 0.0, contacts: 0.0 };
                let mut first = 0.0;
                for chance in effort.chances..2 * effort.chances {
                    let paths = runs(&policy, chance);
                    let one = value_of(&paths, base.calendar, turns);
                    value.repeat += one.repeat / effort.chances as f64;
                    value.net += one.net / effort.chances as f64;
                    value.cost += one.cost / effort.chances as f64;
                    value.contacts += one.contacts / effort.chances as f64;
                    first += repeat_in(&paths, base.calendar, 1) / effort.chances as f64;
                }
                Row { name, value, first }
            })
            .collect();
        Self { rows, best, sizes, kinds }
    }

    /// What the named policy brings.
    #[cfg(test)]
    pub(crate) fn value(&self, name: &str) -> Value {
        self.rows.iter().find(|row| row.name == name).map(|row| row.value).unwrap()
    }
}

/// The same customers with the same past, but another chance from the start on.
fn reroll(base: &World, chance: u64) -> World {
    let dice = Dice { seed: base.dice.seed ^ (chance + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) };
    let customers: Vec<Customer> = base.customers.clone();
    World { dice, calendar: base.calendar, customers, past: base.past.clone() }
}

fn net_of(path: &Path) -> f64 {
    path.bought.iter().map(|order| (order.margin - order.cost) as f64 / 100.0).sum()
}

fn best_of(sums: &[f64; 4]) -> Variant {
    let better = |best: Variant, one: Variant| {
        if sums[one as usize] > sums[best as usize] { one } else { best }
    };
    Variant::ALL.into_iter().fold(Variant::Discount, better)
}

fn value_of(paths: &[Path], calendar: Calendar, turns: u32) -> Value {
    let each = (paths.len() * turns as usize) as f64;
    let cents = |sum: fn(&Path) -> i64| paths.iter().map(sum).sum::<i64>() as f64 / 100.0 / each;
    Value {
        repeat: (1..=turns as i32).map(|turn| repeat_in(paths, calendar, turn)).sum::<f64>()
            / f64::from(turns),
        net: cents(|path| path.bought.iter().map(|order| order.margin - order.cost).sum()),
        cost: cents(|path| path.bought.iter().map(|order| order.cost).sum()),
        contacts: paths.iter().map(|path| path.contacts.len()).sum::<usize>() as f64 / each,
    }
}

fn repeat_in(paths: &[Path], calendar: Calendar, turn: i32) -> f64 {
    let (from, to) = (calendar.turn_end(turn - 1), calendar.turn_end(turn));
    let came = paths.iter().filter(|path| path.orders_between(calendar, from, to).next().is_some());
    came.count() as f64 / paths.len() as f64
}
