//! From sums to a report: rates, means, lifts, and the correction for looking at many cuts.

use super::{
    CampaignReport, Comparison, Cut, MOST_VALUES, Measure, Range, Responded, Row, Sums, Table,
    VariantCount,
};
use crate::error::Result;
use gyre_config::kinds::Campaign;
use gyre_math::lift::{Arms, Lift, Scale};
use gyre_math::moments::{Mean, Metric, Proportion, Sample};
use gyre_math::multiple::{holm, simultaneous_alpha};
use gyre_math::sequential::Mixing;
use std::collections::BTreeMap;

/// Sums of one cut or of the whole: variant to sums.
type Group = BTreeMap<String, Sums>;

/// Makes the report of a campaign from its sums.
///
/// `whole` is the table without a cut, `cuts` the tables per segment key that the campaign declares;
/// keys it does not declare are left out. Intervals of the whole are at level 1 − `alpha` each; those of
/// the cuts hold all together at that level (α over the number of comparisons), and their p values are
/// adjusted by Holm. `expected_units` tunes the always-valid intervals and must never change once chosen.
pub fn report(
    campaign: &str,
    spec: &Campaign,
    whole: &Table,
    cuts: &BTreeMap<String, Table>,
    alpha: f64,
    expected_units: u64,
) -> Result<CampaignReport> {
    let none = Group::new();
    let whole = whole.get("").unwrap_or(&none);
    let variants = variants(spec, whole);
    let (shown, warnings) = shown(spec, cuts);
    let control = spec.control.as_deref();
    let mixing = Mixing::Tuned { expected_units };
    let view = View { variants: &variants, control, mixing };

    let comparisons = spec
        .measures
        .iter()
        .map(|kind| shown.iter().map(|(_, _, group)| view.comparable(kind, group)).sum::<usize>());
    let comparisons: usize = comparisons.sum();
    let together = simultaneous_alpha(alpha, comparisons.max(1))?;

    let mut measures = Vec::new();
    for kind in &spec.measures {
        let overall = view.rows(kind, whole, alpha)?;
        let mut cuts = Vec::new();
        for (key, value, group) in &shown {
            let rows = view.rows(kind, group, together)?;
            cuts.push(Cut { key: (*key).clone(), value: (*value).clone(), rows });
        }
        measures.push(Measure { kind: kind.clone(), overall, cuts });
    }
    adjust(&mut measures)?;
    let count = |variant: &String| VariantCount {
        variant: variant.clone(),
        people: whole.get(variant).map_or(0, |sums| sums.people),
    };
    Ok(CampaignReport {
        campaign: campaign.to_owned(),
        control: spec.control.clone(),
        alpha,
        variants: variants.iter().map(count).collect(),
        measures,
        comparisons,
        warnings,
    })
}

/// The campaign's variants in its order, then others that people were enrolled in.
fn variants(spec: &Campaign, whole: &Group) -> Vec<String> {
    let mut all: Vec<String> = spec.variants.iter().map(|variant| variant.name.clone()).collect();
    let others: Vec<String> = whole.keys().filter(|name| !all.contains(name)).cloned().collect();
    all.extend(others);
    all
}

/// The groups shown, as key, value and sums: of each declared key the values with most people.
fn shown<'a>(
    spec: &'a Campaign,
    cuts: &'a BTreeMap<String, Table>,
) -> (Vec<(&'a String, &'a String, &'a Group)>, Vec<String>) {
    let people = |group: &Group| group.values().map(|sums| sums.people).sum::<u64>();
    let (mut shown, mut warnings) = (Vec::new(), Vec::new());
    for key in &spec.segments {
        let Some(table) = cuts.get(key) else { continue };
        let mut values: Vec<_> = table.iter().collect();
        if values.len() > MOST_VALUES {
            values.sort_by_key(|(_, group)| std::cmp::Reverse(people(group)));
            let left_out = values.split_off(MOST_VALUES).len();
            values.sort_by_key(|(value, _)| *value);
            warnings
                .push(format!("{left_out} values of segment {key} with fewest people left out"));
        }
        shown.extend(values.into_iter().map(|(value, group)| (key, value, group)));
    }
    (shown, warnings)
}

/// What all rows of a report have in common.
struct View<'a> {
    variants: &'a [String],
    control: Option<&'a str>,
    mixing: Mixing,
}

/// The lifts of one variant over the control, before a choice of level.
struct Lifts {
    rate: Option<(Lift, f64)>,
    mean: Option<(Lift, f64)>,
}

impl View<'_> {
    /// How many comparisons a group allows.
    fn comparable(&self, kind: &str, group: &Group) -> usize {
        let lifts = self.variants.iter().map(|variant| self.lifts(kind, group, variant));
        lifts.map(|all| usize::from(all.rate.is_some()) + usize::from(all.mean.is_some())).sum()
    }

    fn lifts(&self, kind: &str, group: &Group, variant: &str) -> Lifts {
        let none = Lifts { rate: None, mean: None };
        let Some(control) = self.control.filter(|control| *control != variant) else { return none };
        let (Some(ours), Some(theirs)) = (group.get(variant), group.get(control)) else {
            return none;
        };
        let rate = |sums: &Sums| {
            Proportion { n: sums.people, successes: of(sums, kind).people }.sample().ok()
        };
        let mean = |sums: &Sums| {
            let Responded { sum, sum_squares, .. } = of(sums, kind);
            Mean { n: sums.people, sum, sum_squares }.sample().ok()
        };
        let valued = of(ours, kind).valued > 0 || of(theirs, kind).valued > 0;
        Lifts {
            rate: lift(rate(ours), rate(theirs)),
            mean: if valued { lift(mean(ours), mean(theirs)) } else { None },
        }
    }

    fn rows(&self, kind: &str, group: &Group, alpha: f64) -> Result<Vec<Row>> {
        let valued = group.values().any(|sums| of(sums, kind).valued > 0);
        let nobody = Sums::default();
        let row = |variant: &String| {
            let sums = group.get(variant).unwrap_or(&nobody);
            let Responded { people: responders, sum, sum_squares, .. } = of(sums, kind);
            let per_person = |total: f64| (sums.people > 0).then(|| total / sums.people as f64);
            let lifts = self.lifts(kind, group, variant);
            let compare = |lift: Option<(Lift, f64)>| {
                lift.map(|lift| comparison(lift, alpha, self.mixing)).transpose()
            };
            Ok(Row {
                variant: variant.clone(),
                people: sums.people,
                responders,
                rate: per_person(responders as f64),
                sum,
                sum_squares,
                mean: per_person(sum).filter(|_| valued),
                rate_lift: compare(lifts.rate)?,
                mean_lift: compare(lifts.mean)?,
            })
        };
        self.variants.iter().map(row).collect()
    }
}

fn of(sums: &Sums, kind: &str) -> Responded {
    sums.responses.get(kind).copied().unwrap_or_default()
}

/// The lift and the control's mean; `None` where no lift exists (too few people, no variation).
fn lift(ours: Option<Sample>, theirs: Option<Sample>) -> Option<(Lift, f64)> {
    let (treated, control) = (ours?, theirs?);
    Some((Arms { treated, control }.lift(Scale::Absolute).ok()?, control.mean))
}

fn comparison((lift, base): (Lift, f64), alpha: f64, mixing: Mixing) -> Result<Comparison> {
    let (fixed, always) = (lift.fixed(alpha)?, lift.always_valid(alpha, mixing)?);
    let range =
        |interval: gyre_math::interval::Interval| Range { low: interval.low, high: interval.high };
    Ok(Comparison {
        value: fixed.value,
        relative: (base != 0.0).then(|| fixed.value / base.abs()),
        standard_error: fixed.standard_error,
        fixed: range(fixed.interval),
        always_valid: range(always.interval),
        p: fixed.p_value,
        p_always_valid: always.p_value,
        p_adjusted: None,
        alpha,
    })
}

/// Adjusts the p values of all cuts together.
fn adjust(measures: &mut [Measure]) -> Result<()> {
    let rows = measures.iter_mut().flat_map(|measure| &mut measure.cuts).flat_map(|c| &mut c.rows);
    let mut shown: Vec<&mut Comparison> =
        rows.flat_map(|row| row.rate_lift.iter_mut().chain(row.mean_lift.iter_mut())).collect();
    let p_values: Vec<f64> = shown.iter().map(|comparison| comparison.p).collect();
    for (comparison, adjusted) in shown.iter_mut().zip(holm(&p_values)?) {
        comparison.p_adjusted = Some(adjusted);
    }
    Ok(())
}
