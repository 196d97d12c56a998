//! Laws of the world: chance is common to all paths, the calendar has no ties, targeting pays.

use crate::customer::{Customer, Variant};
use crate::dice::{Dice, Purpose};
use crate::oracle::{Effort, Oracle};
use crate::policy::{CONTROL, Policy};
use crate::time::{Calendar, DAY, Time};
use crate::world::World;

fn calendar() -> Calendar {
    Calendar { start: Time::parse("2026-01-05T00:00:00Z").unwrap() }
}

#[test]
fn a_number_depends_on_nothing_but_its_key() {
    let dice = Dice { seed: 7 };
    let first = dice.uniform(3, 40, Purpose::Order);
    for slot in 0..100 {
        let other = dice.uniform(4, slot, Purpose::Open);
        assert!((0.0..1.0).contains(&other));
    }
    assert_eq!(first.to_bits(), dice.uniform(3, 40, Purpose::Order).to_bits());
    assert_ne!(first.to_bits(), dice.uniform(3, 40, Purpose::OrderSize).to_bits());
    assert_ne!(first.to_bits(), Dice { seed: 8 }.uniform(3, 40, Purpose::Order).to_bits());
}

#[test]
fn numbers_are_uniform() {
    let dice = Dice { seed: 1 };
    let n = 100_000;
    let mean = (0..n).map(|i| dice.uniform(i, 5, Purpose::Order)).sum::<f64>() / f64::from(n);
    // Five standard errors of a uniform mean.
    assert!((mean - 0.5).abs() < 5.0 * (1.0f64 / 12.0 / f64::from(n)).sqrt(), "{mean}");
}

#[test]
fn no_two_instants_are_a_window_apart() {
    let calendar = calendar();
    let times: Vec<_> = (-240..400).map(|slot| calendar.time(slot)).collect();
    assert!(times.is_sorted());
    for days in [14, 21, 28] {
        for time in &times {
            assert!(times.binary_search(&time.plus(days * DAY)).is_err());
        }
    }
    assert!((1..8).all(|turn| times.binary_search(&calendar.turn_end(turn)).is_err()));
}

#[test]
fn two_worlds_of_a_seed_are_the_same_and_of_two_seeds_are_not() {
    let live = |seed| World::new(seed, 200, calendar()).live(&CONTROL, 2);
    assert_eq!(live(5), live(5));
    assert_ne!(live(5), live(6));
}

#[test]
fn paths_with_the_same_contacts_are_the_same() {
    // "Nothing" and a segment policy that always says nothing are two ways to say one thing.
    let world = World::new(3, 300, calendar());
    let nothing = world.live(&Policy::Always(Variant::Nothing), 2);
    assert_eq!(nothing, world.live(&Policy::PerSegment([Variant::Nothing; 3]), 2));
    assert!(nothing.iter().all(|path| path.contacts.is_empty()));
}

#[test]
fn a_pull_never_makes_an_order_disappear_at_the_same_instant() {
    // Common random numbers: with the same state but a stronger pull, whoever would have ordered
    // orders all the same.
    let world = World::new(9, 500, calendar());
    let starts = world.at_start();
    let mut more = 0;
    for (who, path) in world.customers.iter().zip(&starts) {
        for slot in 0..20 {
            let now = crate::path::Moment::of(world.calendar, slot);
            let (mut weak, mut strong) = (path.clone(), path.clone());
            strong.pull = 0.5;
            let (weak, strong) =
                (weak.shop(who, world.dice, now), strong.shop(who, world.dice, now));
            assert!(weak.is_none() || strong == weak);
            more += usize::from(strong.is_some() && weak.is_none());
        }
    }
    assert!(more > 0);
}

#[test]
fn addresses_lead_back_to_customers() {
    let who = Customer::born(Dice { seed: 1 }, 42);
    assert_eq!(Customer::of_email(&who.email()), Some(42));
    assert_eq!(Customer::of_email("someone@else.example"), None);
}

#[test]
fn targeting_beats_the_blanket_discount_on_five_seeds() {
    for seed in [11, 12, 13, 14, 15] {
        let oracle = Oracle::ask(seed, 1000, 3, Effort { chances: 2, per_person: false });
        let (blanket, best) = (oracle.value("blanket discount"), oracle.value("best per segment"));
        let uniform = oracle.value("uniform");
        assert!(best.repeat >= blanket.repeat + 0.04, "seed {seed}: {best:?} {blanket:?}");
        assert!(best.net > 1.1 * blanket.net, "seed {seed}: {best:?} {blanket:?}");
        assert!((0.25..0.36).contains(&blanket.repeat), "seed {seed}: {blanket:?}");
        assert!((uniform.repeat - blanket.repeat).abs() < 0.03, "seed {seed}: {uniform:?}");
        assert_eq!(oracle.best, [Variant::Discount, Variant::FreeShipping, Variant::Reminder]);
    }
}
