//! A seed's world: its customers and the state they start in.

use crate::customer::Customer;
use crate::dice::Dice;
use crate::history::{self, PastOrder};
use crate::path::{Moment, Path};
use crate::policy::Policy;
use crate::time::{Calendar, SLOTS_PER_DAY, TURN_DAYS};

/// The customers of a seed.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) calendar: Calendar,
    pub(crate) customers: Vec<Customer>,
    /// Past orders per customer, oldest first.
    pub(crate) past: Vec<Vec<PastOrder>>,
}

impl World {
    /// The world of a seed, as it is when the clock stands at the calendar's start.
    pub(crate) fn new(seed: u64, people: u32, calendar: Calendar) -> Self {
        let dice = Dice { seed };
        let customers: Vec<_> = (0..people).map(|index| Customer::born(dice, index)).collect();
        let past = customers.iter().map(|who| history::orders(who, dice)).collect();
        Self { dice, calendar, customers, past }
    }
    /// How many instants so many turns have.
    pub(crate) fn slots(turns: u32) -> i32 {
        turns as i32 * TURN_DAYS * SLOTS_PER_DAY
    }
    /// The state of every customer at the start.
    pub(crate) fn at_start(&self) -> Vec<Path> {
        let state =
            |(who, past): (&Customer, &Vec<PastOrder>)| history::at_start(who, self.calendar, past);
        self.customers.iter().zip(&self.past).map(state).collect()
    }
    /// Lives all turns under one policy, without a server.
    pub(crate) fn live(&self, policy: &Policy, turns: u32) -> Vec<Path> {
        let mut paths = self.at_start();
        for (who, path) in self.customers.iter().zip(&mut paths) {
            for slot in 0..Self::slots(turns) {
                let now = Moment::of(self.calendar, slot);
                policy.live(who, self.dice, path, now, self.calendar.start);
            }
        }
        paths
    }
}
