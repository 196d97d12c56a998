//! Hillstrom's e-mail test from its published sums, and the correction for many cuts.

use crate::EXPECTED_UNITS;
use crate::report::{CampaignReport, MOST_VALUES, Responded, Row, Sums, Table, report};
use gyre_config::kinds::Campaign;
use serde_json::json;
use std::collections::BTreeMap;

fn spec() -> Campaign {
    serde_json::from_value(json!({
        "external": true, "control": "None", "measures": ["visit", "conversion", "spend"],
        "segments": ["zip"],
        "variants": [{"name": "Mens"}, {"name": "Womens"}, {"name": "None"}],
    }))
    .unwrap()
}

fn sums(people: u64, visits: u64, conversions: u64, spend: f64, squares: f64) -> Sums {
    let plain = |people| Responded { people, ..Responded::default() };
    let spent =
        Responded { people: conversions, valued: conversions, sum: spend, sum_squares: squares };
    let responses =
        [("visit", plain(visits)), ("conversion", plain(conversions)), ("spend", spent)];
    let responses = responses.map(|(kind, sums)| (kind.to_owned(), sums)).into();
    Sums { people, responses }
}

fn group(rows: Vec<(&str, Sums)>) -> BTreeMap<String, Sums> {
    rows.into_iter().map(|(variant, sums)| (variant.to_owned(), sums)).collect()
}

fn hillstrom() -> BTreeMap<String, Sums> {
    group(vec![
        ("Mens", sums(21307, 3894, 267, 30311.69, 6_759_024.497_3)),
        ("Womens", sums(21387, 3238, 189, 23038.11, 4_911_446.576_3)),
        ("None", sums(21306, 2262, 122, 13908.33, 2_870_050.362_1)),
    ])
}

fn table(values: Vec<(&str, BTreeMap<String, Sums>)>) -> Table {
    values.into_iter().map(|(value, group)| (value.to_owned(), group)).collect()
}

fn told(cuts: &BTreeMap<String, Table>) -> CampaignReport {
    let whole = table(vec![("", hillstrom())]);
    report("hillstrom", &spec(), &whole, cuts, 0.05, EXPECTED_UNITS).unwrap()
}

fn row<'a>(rows: &'a [Row], variant: &str) -> &'a Row {
    rows.iter().find(|row| row.variant == variant).unwrap()
}

#[track_caller]
fn near(got: f64, want: f64, tolerance: f64) {
    assert!((got - want).abs() <= tolerance, "got {got}, want {want}");
}

#[test]
fn hillstrom_is_told_as_published() {
    let report = told(&BTreeMap::new());
    let [visit, conversion, spend] = &report.measures[..] else { panic!("three measures") };
    let mens = row(&visit.overall, "Mens");
    near(mens.rate.unwrap(), 0.1828, 5e-5);
    let lift = mens.rate_lift.unwrap();
    near(lift.value, 0.076_589_563_651_53, 1e-12);
    near(lift.fixed.low, 0.069_953_30, 1e-8);
    near(lift.fixed.high, 0.083_225_82, 1e-8);
    near(lift.relative.unwrap(), 0.721_404_616_781, 1e-11);
    assert!(lift.p_adjusted.is_none() && mens.mean_lift.is_none() && mens.mean.is_none());

    let lift = row(&conversion.overall, "Mens").rate_lift.unwrap();
    // Upstream takes 1 − F, which leaves it three digits here.
    near(lift.p, 1.4988e-13, 3e-16);
    near(lift.p_always_valid, 1.707_95e-11, 1e-16);

    let lift = row(&spend.overall, "Mens").mean_lift.unwrap();
    near(lift.value, 0.769_827_155_894_5, 1e-12);
    near(lift.fixed.low, 0.485_139_73, 1e-8);
    near(lift.fixed.high, 1.054_514_58, 1e-8);
    near(lift.always_valid.low, 0.302_065_64, 1e-8);
    near(lift.always_valid.high, 1.237_588_68, 1e-8);
    near(lift.p_always_valid, 8.0754e-06, 1e-10);
    near(row(&spend.overall, "Womens").mean_lift.unwrap().p_always_valid, 0.0446, 5e-5);
    near(row(&spend.overall, "Mens").mean.unwrap(), 1.42, 5e-3);

    let control = row(&spend.overall, "None");
    assert!(control.rate_lift.is_none() && control.mean_lift.is_none());
}

/// The mutant is the report itself with α as it is: the corrected intervals must be wider.
#[test]
fn cuts_are_corrected_for_how_many_are_shown() {
    let zip = table(vec![("Rural", hillstrom()), ("Urban", hillstrom())]);
    let undeclared = table(vec![("x", hillstrom())]);
    let report = told(&[("zip".to_owned(), zip), ("other".to_owned(), undeclared)].into());
    // Two values, two variants besides the control, four lifts (visit, conversion, spend rate and mean).
    assert_eq!(report.comparisons, 2 * 2 * 4);
    let whole = row(&report.measures[0].overall, "Mens").rate_lift.unwrap();
    let cut = row(&report.measures[0].cuts[0].rows, "Mens").rate_lift.unwrap();
    near(cut.alpha, 0.05 / 16.0, 1e-15);
    assert!(cut.fixed.low < whole.fixed.low && cut.always_valid.low < whole.always_valid.low);
    near(cut.p, whole.p, 1e-300);
    let all = report.measures.iter().flat_map(|m| &m.cuts).flat_map(|cut| &cut.rows);
    let all: Vec<_> = all.flat_map(|row| [row.rate_lift, row.mean_lift]).flatten().collect();
    assert_eq!(all.len(), 16);
    assert!(all.iter().all(|one| one.p_adjusted.unwrap() >= one.p));
    let least = all.iter().min_by(|a, b| a.p.total_cmp(&b.p)).unwrap();
    near(least.p_adjusted.unwrap(), (16.0 * least.p).min(1.0), 1e-300);
}

#[test]
fn what_cannot_be_compared_is_left_out() {
    let mut whole = hillstrom();
    whole.insert("Extra".to_owned(), Sums { people: 1, ..Sums::default() });
    whole.remove("Womens");
    let got =
        report("c", &spec(), &table(vec![("", whole)]), &BTreeMap::new(), 0.05, EXPECTED_UNITS)
            .unwrap();
    let counts: Vec<_> = got.variants.iter().map(|v| (v.variant.as_str(), v.people)).collect();
    assert_eq!(counts, [("Mens", 21307), ("Womens", 0), ("None", 21306), ("Extra", 1)]);
    let womens = row(&got.measures[0].overall, "Womens");
    assert!(womens.rate.is_none() && womens.rate_lift.is_none());
    // One person who did nothing: a rate of zero without variation, so no lift.
    assert!(row(&got.measures[0].overall, "Extra").rate_lift.is_none());
    assert!(serde_json::to_string(&got).unwrap().contains("\"rate\":null"));
}

#[test]
fn a_key_with_many_values_shows_the_largest() {
    let names: Vec<String> = (0..=MOST_VALUES).map(|n| format!("v{n:03}")).collect();
    let mut values: Table = names.into_iter().map(|name| (name, hillstrom())).collect();
    values.get_mut("v000").unwrap().get_mut("Mens").unwrap().people -= 1;
    let report = told(&[("zip".to_owned(), values)].into());
    assert_eq!(report.measures[0].cuts.len(), MOST_VALUES);
    assert!(report.measures[0].cuts.iter().all(|cut| cut.value != "v000"));
    assert_eq!(report.warnings, ["1 values of segment zip with fewest people left out"]);
}
