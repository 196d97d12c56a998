//! From answers of the lake to rows: aligned, derived, hidden where too few, ordered and cut.

use crate::answer::{Answer, AnsweredMetric, ComparedRange, Number, Period, Row, Shown, State};
use crate::catalogue::{Entry, Evidence, population_word};
use crate::coverage::Coverage;
use crate::error::Result;
use crate::estimate;
use crate::facts::LoopFacts;
use crate::numbers::{self, Key};
use crate::plan::{Plan, View, is_cohort};
use crate::range::{Range, shown};
use arrow_array::RecordBatch;
use gyre_config::Expression;
use gyre_config::kinds::{MetricDimension, MetricType};
use gyre_config::question::{Compare, Direction, FilterOperator, Grain, HavingOperator};
use gyre_model::Timestamp;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Fewer people than this are not shown to whoever may not look at people.
pub(crate) const FEW: u64 = 10;

/// Numbers of one view: per metric and period, by key.
type Numbers = BTreeMap<String, Vec<BTreeMap<Key, Number>>>;
/// The values of the dimensions of a row.
type Combination = Vec<Option<String>>;

impl Plan {
    /// Makes the answer of what the lake gave back, one list of batches per statement of
    /// [`Plan::asked`].
    pub fn read(&self, answers: &[Vec<RecordBatch>]) -> Result<Answer> {
        let timed = self.question.time.grain != Grain::None;
        let split = !self.dimensions.is_empty();
        let total = self.numbers(View::Total, answers)?;
        let rows = if timed || split { self.numbers(View::Rows, answers)? } else { total.clone() };
        let groups =
            if timed && split { self.numbers(View::Groups, answers)? } else { Numbers::new() };
        let ranked = if timed && split { &groups } else { &rows };
        let mut combinations = self.combinations(ranked);
        let truncated = combinations.len() > self.question.limit;
        combinations.truncate(self.question.limit);
        let rows = self.rows(&rows, &combinations, timed);
        let groups =
            if timed && split { self.rows(&groups, &combinations, false) } else { Vec::new() };
        let whole = Key::default();
        let totals = self.entries.iter().filter(|entry| !is_cohort(entry.definition.r#type));
        let totals = totals
            .map(|entry| (entry.name.clone(), self.compared(entry, &total, &whole)))
            .collect();
        Ok(self.answer(rows, groups, totals, truncated))
    }

    /// The numbers of a view, derived ones among them, aligned with the period that is asked for.
    fn numbers(&self, view: View, answers: &[Vec<RecordBatch>]) -> Result<Numbers> {
        let keys = if view == View::Total { 0 } else { self.dimensions.len() };
        let mut all = Numbers::new();
        for (asked, batches) in self.asked.iter().zip(answers) {
            if asked.view != view {
                continue;
            }
            let Some((name, definition)) = self.leaves.get(asked.leaf) else { continue };
            let raw = numbers::read(definition.metric.r#type, keys, batches)?;
            let mut found = BTreeMap::new();
            for (key, raw) in raw {
                let number = estimate::number(definition, &raw, self.loop_of(&key));
                if let Some(key) = self.aligned(key, asked.range) {
                    found.insert(key, number);
                }
            }
            all.entry(name.clone()).or_default().push(found);
        }
        let known: BTreeSet<Key> =
            all.values().flatten().flat_map(BTreeMap::keys).cloned().collect();
        let wanted = self.filled(known, view);
        for (name, definition) in &self.leaves {
            let Some(periods) = all.get_mut(name) else { continue };
            for period in periods {
                if definition.metric.r#type.is_additive() {
                    for key in &wanted {
                        period.entry(key.clone()).or_insert_with(nought);
                    }
                }
                if !self.facts.may_see_people {
                    hide(period, definition.metric.r#type.is_additive());
                }
            }
        }
        for entry in self.entries.iter().filter(|one| one.definition.r#type == MetricType::Derived)
        {
            let derived = self.derived(entry, &all, &wanted);
            all.insert(entry.name.clone(), derived);
        }
        for entry in &self.entries {
            let Some(periods) = all.get_mut(&entry.name) else { continue };
            let least = entry.definition.minimum;
            for number in periods.iter_mut().flat_map(BTreeMap::values_mut) {
                if number.state == State::Ok && number.n < least {
                    number.state = State::BelowMinimum;
                }
            }
        }
        Ok(all)
    }

    /// The key of another period, at the place it has in the period that is asked for.
    fn aligned(&self, mut key: Key, range: usize) -> Option<Key> {
        let Some(time) = key.time else { return Some(key) };
        let place = self.buckets.get(range)?.binary_search(&time).ok()?;
        key.time = Some(*self.buckets.first()?.get(place)?);
        Some(key)
    }

    /// The keys that were found, and those between them: a day on which nothing happened is a row too.
    fn filled(&self, known: BTreeSet<Key>, view: View) -> BTreeSet<Key> {
        let timed = view == View::Rows && self.question.time.grain != Grain::None;
        let Some(times) = self.buckets.first().filter(|_| timed) else {
            let whole = (view == View::Total).then(Key::default);
            let ages = self.entries.iter().any(|one| is_cohort(one.definition.r#type));
            return known.into_iter().chain(whole.filter(|_| !ages)).collect();
        };
        let mut combinations: BTreeSet<_> =
            known.iter().map(|key| (key.dimensions.clone(), key.age)).collect();
        if self.dimensions.is_empty() && combinations.is_empty() {
            combinations.insert((Vec::new(), None));
        }
        combinations
            .into_iter()
            .flat_map(|(dimensions, age)| {
                times.iter().map(move |time| Key {
                    time: Some(*time),
                    dimensions: dimensions.clone(),
                    age,
                })
            })
            .collect()
    }

    fn derived(
        &self,
        entry: &Entry,
        all: &Numbers,
        wanted: &BTreeSet<Key>,
    ) -> Vec<BTreeMap<Key, Number>> {
        let mut periods = vec![BTreeMap::new(); self.ranges.len()];
        for (index, period) in periods.iter_mut().enumerate() {
            for key in wanted {
                let found = |name: &str| all.get(name)?.get(index)?.get(key);
                let parts = parts(entry);
                let parts: Vec<&Number> = parts.iter().filter_map(|name| found(name)).collect();
                if parts.is_empty() {
                    continue;
                }
                let value = evaluate(entry, &|name| found(name)?.value);
                let hidden = parts
                    .iter()
                    .find(|part| matches!(part.state, State::Hidden | State::MixedCurrencies));
                let state = match (hidden, value) {
                    (Some(part), _) => part.state,
                    (None, Some(_)) => State::Ok,
                    (None, None) if parts.iter().any(|part| part.state == State::Immature) => {
                        State::Immature
                    }
                    (None, None) => State::Empty,
                };
                let number = Number {
                    value: value.filter(|_| hidden.is_none()),
                    n: parts.iter().map(|part| part.n).filter(|n| *n > 0).min().unwrap_or_default(),
                    people: parts.iter().map(|part| part.people).max().unwrap_or_default(),
                    immature: parts.iter().map(|part| part.immature).max().unwrap_or_default(),
                    mature_at: parts.iter().filter_map(|part| part.mature_at).max(),
                    state,
                    ..Number::default()
                };
                period.insert(key.clone(), number);
            }
        }
        periods
    }

    /// The loop that a number is of, where it can only be one.
    fn loop_of(&self, key: &Key) -> Option<&LoopFacts> {
        if let [one] = &self.facts.loops[..] {
            return Some(one);
        }
        let split = self.dimensions.iter().position(|one| *one == MetricDimension::Loop);
        let split = split.and_then(|place| key.dimensions.get(place)?.as_deref());
        let filtered = self.question.filters.iter().find(|filter| {
            filter.field == "loop" && filter.op == FilterOperator::In && filter.values.len() == 1
        });
        let filtered = filtered.and_then(|filter| filter.values.first()).map(String::as_str);
        let name = split.or(filtered)?;
        self.facts.loops.iter().find(|one| one.name == name)
    }

    /// The combinations of dimensions, in order, without those that do not fit.
    fn combinations(&self, numbers: &Numbers) -> Vec<Combination> {
        let keys: BTreeSet<Combination> = numbers
            .values()
            .filter_map(|periods| periods.first())
            .flat_map(BTreeMap::keys)
            .map(|key| key.dimensions.clone())
            .collect();
        let mut all: Vec<Combination> = keys
            .into_iter()
            .filter(|one| {
                self.question.having.iter().all(|having| {
                    let found = ranked(numbers, &having.metric, one).and_then(|one| one.value);
                    found.is_some_and(|value| match having.op {
                        HavingOperator::Gt => value > having.value,
                        HavingOperator::Gte => value >= having.value,
                        HavingOperator::Lt => value < having.value,
                        HavingOperator::Lte => value <= having.value,
                    })
                })
            })
            .collect();
        all.sort_by(|one, other| self.order(numbers, one, other));
        all
    }

    fn order(&self, numbers: &Numbers, one: &Combination, other: &Combination) -> Ordering {
        for order in &self.question.order_by {
            let way = |ordering: Ordering| match order.dir {
                Direction::Asc => ordering,
                Direction::Desc => ordering.reverse(),
            };
            let ordering = if let Some(place) =
                self.question.dimensions.iter().position(|name| *name == order.by)
            {
                way(by_value(one.get(place), other.get(place)))
            } else if self.question.metrics.contains(&order.by) {
                let rank = |one| {
                    ranked(numbers, &order.by, one).and_then(|n| self.rank(n, &order.by, order.dir))
                };
                match (rank(one), rank(other)) {
                    // What has no value, or one of too few, stands last whichever way.
                    (Some((few, a)), Some((other_few, b))) => {
                        few.cmp(&other_few).then_with(|| way(a.total_cmp(&b)))
                    }
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (None, None) => Ordering::Equal,
                }
            } else {
                Ordering::Equal
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        let places = one.iter().zip(other).map(|(a, b)| by_value(Some(a), Some(b)));
        places.fold(Ordering::Equal, Ordering::then)
    }

    /// What a number is ranked by: effects by the end of the interval that is nearer to nothing.
    fn rank(&self, number: &Number, metric: &str, way: Direction) -> Option<(bool, f64)> {
        let value = number.value?;
        let entry = self.entries.iter().find(|one| one.name == metric)?;
        let few = number.state == State::BelowMinimum;
        let by = match (entry.evidence, number.interval, way) {
            (Evidence::Experiment, Some((low, _)), Direction::Desc) => low,
            (Evidence::Experiment, Some((_, high)), Direction::Asc) => high,
            _ => value,
        };
        Some((few, by))
    }

    fn rows(&self, numbers: &Numbers, combinations: &[Combination], timed: bool) -> Vec<Row> {
        let places: BTreeMap<&Combination, usize> =
            combinations.iter().enumerate().map(|(place, one)| (one, place)).collect();
        let asked = self.entries.iter().filter_map(|entry| numbers.get(&entry.name)?.first());
        let keys: BTreeSet<&Key> = asked.flat_map(BTreeMap::keys).collect();
        let mut keys: Vec<(&Key, usize)> =
            keys.into_iter().filter_map(|key| Some((key, *places.get(&key.dimensions)?))).collect();
        let down =
            self.question.order_by.iter().any(|one| one.by == "time" && one.dir == Direction::Desc);
        keys.sort_by(|(a, first), (b, second)| {
            let time = a.time.cmp(&b.time);
            let time = if down { time.reverse() } else { time };
            time.then(first.cmp(second)).then(a.age.cmp(&b.age))
        });
        let row = |(key, _): (&Key, usize)| {
            let metrics = self.entries.iter();
            let metrics =
                metrics.map(|entry| (entry.name.clone(), self.compared(entry, numbers, key)));
            Row {
                time: key.time.filter(|_| timed).map(|time| shown(time, self.zone)),
                age: key.age,
                dimensions: key.dimensions.clone(),
                metrics: metrics.collect(),
            }
        };
        keys.into_iter().map(row).collect()
    }

    /// A value with those of the other periods.
    fn compared(&self, entry: &Entry, numbers: &Numbers, key: &Key) -> Shown {
        let none = Number::default();
        let periods = numbers.get(&entry.name).map(Vec::as_slice).unwrap_or_default();
        let of = |index: usize| periods.get(index).and_then(|one| one.get(key)).unwrap_or(&none);
        let mut now = of(0).shown();
        if !self.question.curve {
            now.curve.clear();
        }
        let others = self.ranges.iter().enumerate().skip(1);
        let compared = others.filter_map(|(index, (with, _))| {
            let mut then = of(index).shown();
            then.curve.clear();
            if let (Some(now), Some(before)) = (now.value, then.value) {
                then.change = Some(now - before);
                then.relative_change = (before != 0.0).then(|| (now - before) / before.abs());
            }
            Some((word((*with)?).to_owned(), then))
        });
        Shown { compared: compared.collect(), now }
    }

    fn answer(
        &self,
        rows: Vec<Row>,
        groups: Vec<Row>,
        total: BTreeMap<String, Shown>,
        truncated: bool,
    ) -> Answer {
        let grain = self.question.time.grain.unit();
        let grain = grain.map_or("none".to_owned(), |unit| format!("{unit:?}").to_lowercase());
        let others = self.ranges.iter().filter_map(|(with, range)| {
            Some(ComparedRange { name: word((*with)?).to_owned(), period: self.period(*range) })
        });
        let whole =
            self.ranges.first().map_or(Range { from: Timestamp(0), to: Timestamp(0) }, |one| one.1);
        let mut notes = self.notes.clone();
        if rows
            .iter()
            .flat_map(|row| row.metrics.values())
            .any(|one| one.now.state == State::Hidden)
        {
            notes.push(format!("rows of fewer than {FEW} people are not shown to this role"));
        }
        Answer {
            metrics: self.entries.iter().map(|entry| self.answered(entry)).collect(),
            dimensions: self.question.dimensions.clone(),
            period: self.period(whole),
            compared: others.collect(),
            grain,
            zone: self.zone.name().to_owned(),
            watermark: self.facts.watermark,
            coverage: self.coverage(),
            population: self.question.population.map_or("default", population_word).to_owned(),
            rows,
            groups,
            total,
            notes,
            truncated,
            renewing: false,
        }
    }

    /// What the numbers rest on; of numbers that leave nobody out, only how much comes late.
    fn coverage(&self) -> Option<Coverage> {
        let everybody = self.leaves.iter().all(|(_, one)| one.metric.operational);
        let coverage = self.facts.coverage?;
        Some(if everybody { coverage.of_everybody() } else { coverage })
    }

    fn answered(&self, entry: &Entry) -> AnsweredMetric {
        let Entry { name, version, evidence, definition, .. } = entry;
        let parts = match definition.r#type {
            MetricType::Derived => parts(entry),
            _ => vec![name.clone()],
        };
        let shown = if self.asked.iter().any(|one| one.view == View::Rows) {
            View::Rows
        } else {
            View::Total
        };
        let sql = self.asked.iter().filter(|one| {
            one.view == shown
                && one.range == 0
                && self.leaves.get(one.leaf).is_some_and(|(leaf, _)| parts.contains(leaf))
        });
        let attribution = (*evidence == Evidence::Attributed)
            .then(|| format!("{}, {} days", self.terms.model.as_str(), self.terms.lookback_days));
        AnsweredMetric {
            name: name.clone(),
            label: definition.label.clone(),
            r#type: definition.r#type.as_str().to_owned(),
            format: definition.format.as_str().to_owned(),
            evidence: *evidence,
            version: *version,
            additive: definition.r#type.is_additive(),
            window: definition.window.map(|window| window.to_string()),
            attribution,
            minimum: definition.minimum,
            sql: sql.map(|one| one.sql.clone()).collect(),
            pitfalls: definition.pitfalls.clone(),
        }
    }

    fn period(&self, range: Range) -> Period {
        Period {
            from: shown(range.from, self.zone),
            to: shown(range.to, self.zone),
            from_at: range.from,
            to_at: range.to,
        }
    }
}

pub(crate) fn word(with: Compare) -> &'static str {
    match with {
        Compare::PreviousPeriod => "previous_period",
        Compare::PreviousYear => "previous_year",
    }
}

fn nought() -> Number {
    Number { value: Some(0.0), numerator: Some(0.0), state: State::Ok, ..Number::default() }
}

/// Hides what is of few people. Where that would be one row of what adds up, the next smallest is hidden
/// too: else the total told it.
fn hide(numbers: &mut BTreeMap<Key, Number>, additive: bool) {
    let few = |number: &Number| number.people > 0 && number.people < FEW;
    let mut hidden: BTreeSet<Key> =
        numbers.iter().filter(|(_, one)| few(one)).map(|(key, _)| key.clone()).collect();
    if additive && hidden.len() == 1 {
        let others = numbers.iter().filter(|(key, one)| one.people > 0 && !hidden.contains(*key));
        let next = others.min_by_key(|(_, one)| one.people).map(|(key, _)| key.clone());
        hidden.extend(next);
    }
    for key in hidden {
        numbers.insert(key, Number { state: State::Hidden, ..Number::default() });
    }
}

/// Hours and weekdays are ordered as numbers; what is not known stands last.
fn by_value(one: Option<&Option<String>>, other: Option<&Option<String>>) -> Ordering {
    match (one.and_then(Option::as_ref), other.and_then(Option::as_ref)) {
        (Some(one), Some(other)) => match (one.parse::<f64>(), other.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => one.cmp(other),
        },
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// The metrics that are computed for a derived one.
fn parts(entry: &Entry) -> Vec<String> {
    let expression = entry.definition.expression.as_deref();
    match expression.map(Expression::parse) {
        Some(Ok(expression)) => expression.names().into_iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn evaluate(entry: &Entry, of: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let expression = entry.definition.expression.as_deref()?;
    Expression::parse(expression).ok()?.value(of)
}

/// The number that a combination is ranked by: its only one, or nothing where it has several.
fn ranked<'a>(numbers: &'a Numbers, metric: &str, one: &Combination) -> Option<&'a Number> {
    let period = numbers.get(metric)?.first()?;
    let mut found =
        period.iter().filter(|(key, _)| key.dimensions == *one).map(|(_, number)| number);
    let first = found.next();
    if found.next().is_some() { None } else { first }
}
