//! Drives the world against a server, instant by instant: move the clock, read the mail, visit, ask,
//! order, report. Every customer also lives the shadow life beside it.

use crate::customer::{Customer, Variant};
use crate::events::{self, BATCH, Events};
use crate::gyre::{Gyre, Turn};
use crate::path::{Moment, Path};
use crate::policy::{self, CONTROL};
use crate::sink::Mail;
use crate::time::{Calendar, MINUTE, SLOTS_PER_DAY, TURN_DAYS, Time};
use crate::world::World;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// One event in so many is sent a second time an instant later, as clients do that missed an answer.
const REPEATED: u64 = 200;

/// What to simulate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) people: u32,
    pub(crate) turns: u32,
}

/// What the driver has to say while it runs.
#[derive(Debug)]
pub(crate) enum Progress<'a> {
    /// So many past events were sent.
    History(usize),
    /// A day began.
    Day(i32),
    /// The loop took a turn.
    Turn(&'a Turn),
}

/// Which arm the server put a customer in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arm {
    Treated,
    Holdout,
}

/// What was done and seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) events: u64,
    pub(crate) repeated: u64,
    pub(crate) decides: u64,
    pub(crate) shown: u64,
    /// E-mails to addresses nobody has, or with a variant nobody knows.
    pub(crate) strange_mails: u64,
}

/// A whole run.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) world: World,
    pub(crate) real: Vec<Path>,
    pub(crate) shadow: Vec<Path>,
    pub(crate) turns: Vec<Turn>,
    /// By customer; `None` when the server never assigned one.
    pub(crate) arms: Vec<Option<Arm>>,
    pub(crate) tally: Tally,
}

/// Runs the plan against a server whose clock stands at the start.
pub(crate) async fn drive<G: Gyre>(
    gyre: &mut G,
    plan: Plan,
    say: &mut dyn FnMut(&Progress<'_>),
) -> anyhow::Result<Course> {
    let calendar = Calendar { start: gyre.now().await? };
    let world = World::new(plan.seed, plan.people, calendar);
    let mut run = Run {
        events: Events { dice: world.dice, calendar },
        real: world.at_start(),
        shadow: world.at_start(),
        world,
        again: Vec::new(),
        tally: Tally::default(),
        gyre,
    };
    run.history(say).await?;
    let mut turns = Vec::new();
    for slot in 0..World::slots(plan.turns) {
        if slot % SLOTS_PER_DAY == 0 {
            say(&Progress::Day(slot / SLOTS_PER_DAY));
        }
        if slot % (SLOTS_PER_DAY * TURN_DAYS) == 0 && slot > 0 {
            // Just past the turn: taken before anything else happens.
            let end = calendar.turn_end(slot / (SLOTS_PER_DAY * TURN_DAYS));
            run.turn(end, &mut turns, say).await?;
        }
        run.instant(slot).await?;
    }
    run.turn(calendar.turn_end(plan.turns as i32), &mut turns, say).await?;
    let arms = run.arms().await?;
    let Run { world, real, shadow, tally, .. } = run;
    Ok(Course { world, real, shadow, turns, arms, tally })
}

struct Run<'a, G> {
    gyre: &'a mut G,
    world: World,
    events: Events,
    real: Vec<Path>,
    shadow: Vec<Path>,
    /// Events to be sent a second time.
    again: Vec<Value>,
    tally: Tally,
}

impl<G: Gyre> Run<'_, G> {
    async fn history(&mut self, say: &mut dyn FnMut(&Progress<'_>)) -> anyhow::Result<()> {
        let history = self.events.history(&self.world.customers, &self.world.past);
        let mut sent = 0;
        for part in &history {
            self.gyre.batch(&events::batch(part, self.world.calendar.start)).await?;
            sent += part.len();
            say(&Progress::History(sent));
        }
        self.tally.events += sent as u64;
        Ok(())
    }

    async fn turn(
        &mut self,
        end: Time,
        turns: &mut Vec<Turn>,
        say: &mut dyn FnMut(&Progress<'_>),
    ) -> anyhow::Result<()> {
        self.gyre.advance(end.plus(MINUTE)).await?;
        let known = turns.len();
        *turns = self.gyre.turns().await?;
        turns.sort_by_key(|turn| turn.number);
        turns.iter().skip(known).for_each(|turn| say(&Progress::Turn(turn)));
        Ok(())
    }

    async fn instant(&mut self, slot: i32) -> anyhow::Result<()> {
        let now = Moment::of(self.world.calendar, slot);
        self.gyre.advance(now.at).await?;
        let mut mails = self.mails();
        let mut out = Vec::new();
        for index in 0..self.world.customers.len() {
            let who = &self.world.customers[index];
            let shadow = &mut self.shadow[index];
            CONTROL.live(who, self.world.dice, shadow, now, self.world.calendar.start);
            let come = mails.remove(&who.index).unwrap_or_default();
            self.live(index, now, &come, &mut out).await?;
        }
        let again = out.iter().filter(|event| is_repeated(event)).cloned().collect();
        let again = std::mem::replace(&mut self.again, again);
        self.tally.repeated += again.len() as u64;
        out.extend(again);
        for part in out.chunks(BATCH) {
            self.gyre.batch(&events::batch(part, now.at)).await?;
        }
        self.tally.events += out.len() as u64;
        Ok(())
    }

    /// The mail by customer, each customer's in a fixed order.
    fn mails(&mut self) -> BTreeMap<u32, Vec<(Variant, Mail)>> {
        let people = self.world.customers.len() as u32;
        let mut mails: BTreeMap<u32, Vec<_>> = BTreeMap::new();
        for mail in self.gyre.mails() {
            let to = Customer::of_email(&mail.to).filter(|index| *index < people);
            match (to, Variant::parse(&mail.variant)) {
                (Some(index), Some(variant)) => {
                    mails.entry(index).or_default().push((variant, mail));
                }
                _ => self.tally.strange_mails += 1,
            }
        }
        mails
    }

    async fn live(
        &mut self,
        index: usize,
        now: Moment,
        mails: &[(Variant, Mail)],
        out: &mut Vec<Value>,
    ) -> anyhow::Result<()> {
        let (who, path) = (&self.world.customers[index], &mut self.real[index]);
        let (dice, make) = (self.world.dice, self.events);
        path.begin();
        for (variant, mail) in mails {
            let sent = path.due_from().max(self.world.calendar.start);
            let reading = path.mail(who, dice, now, sent, *variant);
            if reading.opened {
                out.push(make.response(who, now, ("open", "Message Opened"), &mail.token));
            }
            if reading.clicked {
                out.push(make.response(who, now, ("click", "Message Clicked"), &mail.token));
            }
            if reading.unsubscribed {
                out.push(make.identify(who, now.slot, now.at, false));
            }
        }
        if policy::visits(who, dice, now) {
            out.push(make.page(who, now));
            if path.views_shipping(who, dice, now) {
                out.push(make.shipping(who, now.slot, now.at));
            }
            if path.is_due(now.at) {
                self.tally.decides += 1;
                let answer = self.gyre.decide(&who.user_id()).await?;
                if let (Some(name), Some(_)) = (&answer.variant, &answer.content) {
                    let variant = Variant::parse(name).context("an unknown variant was decided")?;
                    let token = answer.token.unwrap_or_default();
                    self.tally.shown += 1;
                    let clicked = path.show(who, dice, now, variant);
                    out.push(make.response(who, now, ("shown", "Message Shown"), &token));
                    if clicked {
                        out.push(make.response(who, now, ("tap", "Message Clicked"), &token));
                    }
                }
            }
        }
        if let Some(order) = path.shop(who, dice, now) {
            make.order(who, now, &order, out);
        }
        Ok(())
    }

    /// Asks who was held out, now that it can influence nothing.
    async fn arms(&mut self) -> anyhow::Result<Vec<Option<Arm>>> {
        let people = self.world.customers.len();
        let limit = people * 4 + 1000;
        let ids = "select distinct user_id, person from events where user_id is not null";
        let ids = self.gyre.query(ids, limit).await?;
        let arms = "select person, arm from enrollments \
                    where scope = 'loop' and name = 'repurchase' and arm is not null order by at";
        let arms = self.gyre.query(arms, limit).await?;
        ensure!(!ids.truncated && !arms.truncated, "more people than the query gives back");
        let mut by_person: BTreeMap<String, Arm> = BTreeMap::new();
        for row in &arms.rows {
            let arm = match text(row, 1).as_str() {
                "holdout" => Arm::Holdout,
                _ => Arm::Treated,
            };
            // The earliest arm counts for ever.
            by_person.entry(text(row, 0)).or_insert(arm);
        }
        let persons: BTreeMap<String, String> =
            ids.rows.iter().map(|row| (text(row, 0), text(row, 1))).collect();
        let arm = |who: &Customer| persons.get(&who.user_id()).and_then(|id| by_person.get(id));
        Ok(self.world.customers.iter().map(|who| arm(who).copied()).collect())
    }
}

fn text(row: &[Value], column: usize) -> String {
    match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn is_repeated(event: &Value) -> bool {
    let id = event["messageId"].as_str().unwrap_or_default();
    xxh3_64(id.as_bytes()).is_multiple_of(REPEATED)
}
