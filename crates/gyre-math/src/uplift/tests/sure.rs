//! Intervals and calibration.

use super::{ORACLE, bits, effects, people};
use crate::tests::{Dice, near, oracle};
use crate::uplift::calibration::{best_linear_predictor, by_bin};
use crate::uplift::causal_ml::{self, Measure, with_interval};
use crate::uplift::effect_scores;
use crate::uplift::rate::{Weighting, rate, toc};
use crate::uplift::top::{bootstrap, wald};

fn ipw(people: &super::People) -> Vec<f64> {
    let n = people.outcomes.len();
    let zero = vec![0.0; n];
    effect_scores(&people.outcomes, &people.treated, &vec![0.5; n], &zero, &zero).unwrap()
}

/// AUTOC of an effect b(u − ½) with u uniform: the top q have mean b(1 − q/2 − ½), so TOC = b(1 −
/// q)/2, AUTOC b/4 and QINI b/12.
#[test]
fn rate_is_what_the_paper_says_and_its_interval_covers() {
    let (mut dice, runs, b) = (Dice(41), 150, 2.0);
    let mut hits = [0_u32; 2];
    let mut alarms = 0_u32;
    for run in 0..runs {
        let people = effects(500, b, &mut dice);
        let scores = ipw(&people);
        for (hit, (weighting, truth)) in
            hits.iter_mut().zip([(Weighting::Autoc, b / 4.0), (Weighting::Qini, b / 12.0)])
        {
            let got = rate(&people.scores, &scores, weighting, 0.05, 100, bits(run)).unwrap();
            *hit += u32::from(got.interval.contains(truth));
        }
        let nothing = effects(500, 0.0, &mut dice);
        let got = rate(&nothing.scores, &ipw(&nothing), Weighting::Autoc, 0.05, 100, bits(run));
        alarms += u32::from(got.unwrap().p_value < 0.05);
    }
    let n = runs as f64;
    let error = 3.0 * (0.05 * 0.95 / n).sqrt() + 0.01;
    for hit in hits {
        near(f64::from(hit) / n, 0.95, error);
    }
    near(f64::from(alarms) / n, 0.05, error);
}

#[test]
fn equal_ranks_share_alike() {
    let curve = toc(&[1.0, 1.0, 0.0], &[4.0, 0.0, -1.0]).unwrap();
    for (got, want) in curve.into_iter().zip([1.0, 1.0, 0.0]) {
        near(got, want, 1e-15);
    }
    assert!(toc(&[], &[]).is_err() && toc(&[1.0], &[f64::NAN]).is_err());
    assert!(rate(&[1.0; 8], &[0.0; 8], Weighting::Autoc, 0.05, 50, bits(1)).is_err());
}

#[test]
fn top_intervals_cover() {
    let (mut dice, runs) = (Dice(43), 200);
    let (mut wald_hits, mut bootstrap_hits) = (0_u32, 0_u32);
    // The top 30 % by score have a mean effect of 1·(0.85 − 0.5).
    let truth = 0.35;
    for run in 0..runs {
        let people = effects(400, 1.0, &mut dice);
        wald_hits += u32::from(wald(&people.scored(), 0.3, 0.05).unwrap().interval.contains(truth));
        let interval = bootstrap(&people.scored(), 0.3, 0.05, 100, bits(run)).unwrap();
        bootstrap_hits += u32::from(interval.contains(truth));
    }
    let n = runs as f64;
    let error = 3.0 * (0.05 * 0.95 / n).sqrt() + 0.015;
    near(f64::from(wald_hits) / n, 0.95, error);
    near(f64::from(bootstrap_hits) / n, 0.95, error + 0.015);
    let people = people(true);
    assert!(wald(&people.scored(), 0.001, 0.05).is_err());
    assert!(bootstrap(&people.scored(), 0.3, 0.05, 5, bits(1)).is_err());
}

#[test]
fn the_linear_predictor_agrees_with_statsmodels() {
    let people = people(true);
    let got = best_linear_predictor(&people.scores, &ipw(&people), 0.05).unwrap();
    let want = oracle(ORACLE, "blp");
    for (got, want) in [
        (got.intercept.value, want[0]),
        (got.slope.value, want[1]),
        (got.intercept.standard_error, want[2]),
        (got.slope.standard_error, want[3]),
        (got.slope.p_value, want[4]),
    ] {
        near(got, want, 1e-11);
    }
    assert!(best_linear_predictor(&[1.0; 5], &[1.0, 2.0, 3.0, 4.0, 5.0], 0.05).is_err());
    let exact = [1.0, 2.0, 3.0];
    assert!(best_linear_predictor(&exact, &exact, 0.05).is_err());
}

#[test]
fn calibrated_predictions_have_slope_one() {
    let mut dice = Dice(47);
    let mut people = effects(20_000, 1.0, &mut dice);
    for score in &mut people.scores {
        *score -= 0.5;
    }
    let got = best_linear_predictor(&people.scores, &ipw(&people), 0.05).unwrap();
    near(got.slope.value, 1.0, 4.0 * got.slope.standard_error);
    assert!(got.slope.p_value < 1e-6 && got.p_calibrated > 1e-3);
    let bins = by_bin(&people.scored(), 5).unwrap();
    assert_eq!(bins.iter().map(|bin| bin.people).sum::<u64>(), 20_000);
    for bin in &bins {
        near(bin.observed, bin.predicted, 4.5 * bin.standard_error);
    }
    assert!(bins.windows(2).all(|pair| pair[0].predicted > pair[1].predicted));
}

#[test]
fn doubly_robust_scores_mend_a_wrong_model() {
    let mut dice = Dice(53);
    let people = effects(20_000, 1.0, &mut dice);
    let n = people.outcomes.len();
    let wrong = vec![3.0; n];
    let scores =
        effect_scores(&people.outcomes, &people.treated, &vec![0.5; n], &wrong, &wrong).unwrap();
    let mean = scores.iter().sum::<f64>() / n as f64;
    near(mean, 0.0, 4.0 * 2.0 * 10.0_f64.sqrt() / (n as f64).sqrt());
    assert!(effect_scores(&[1.0], &[true], &[1.0], &[0.0], &[0.0]).is_err());
    assert!(effect_scores(&[1.0], &[true, false], &[0.5], &[0.0], &[0.0]).is_err());
}

/// The standard error over half samples is that over repetitions of the experiment.
#[test]
fn half_samples_show_how_a_measure_varies() {
    let mut dice = Dice(12);
    let measure = Measure::Rate(causal_ml::Weighting::Qini);
    let (mut values, mut errors, mut found) = (Vec::new(), 0.0, 0);
    for seed in 0..60 {
        let people = effects(1500, 1.0, &mut dice);
        let got = with_interval(&people.scored(), measure, true, 0.05, 100, bits(seed)).unwrap();
        near(
            got.value,
            causal_ml::rate_score(&people.scored(), causal_ml::Weighting::Qini).unwrap(),
            0.0,
        );
        values.push(got.value);
        errors += got.standard_error / 60.0;
        found += usize::from(got.p_value.unwrap() < 0.05);
    }
    let (_, variance) = crate::off_policy::estimators::mean_and_variance(&values);
    let ratio = errors / variance.sqrt();
    assert!((0.7..1.4).contains(&ratio), "standard error over that of repetitions: {ratio}");
    assert!(found > 30, "an effect this large is found {found} times of 60");
}

#[test]
fn an_area_has_no_p() {
    let people = people(true);
    let of =
        |measure, rounds| with_interval(&people.scored(), measure, true, 0.05, rounds, bits(1));
    assert_eq!(of(Measure::Auuc, 50).unwrap().p_value, None);
    assert!(of(Measure::Qini, 50).unwrap().p_value.is_some());
    assert!(of(Measure::Qini, 19).is_err());
    assert!(with_interval(&people.scored(), Measure::Qini, true, 0.0, 50, bits(1)).is_err());
}
