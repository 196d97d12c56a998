//! Hillstrom's e-mail experiment: sums, policies and uplift measures under the fixed protocol.

use super::{near, shared};
use gyre_math::off_policy::estimators::Estimator;
use gyre_math::off_policy::log::Logged;
use gyre_math::srm;
use gyre_math::uplift::causal_ml::{auuc_score, qini_score};
use gyre_math::uplift::scikit_uplift::{Strategy, qini_auc_score, uplift_at_k, uplift_auc_score};
use gyre_math::uplift::{Scored, top};

struct Row {
    /// recency, history, mens, womens, newbie, zip Surburban, zip Urban, channel Phone, channel Web.
    features: [f64; 9],
    /// 0 none, 1 mens, 2 womens.
    arm: u8,
    visit: f64,
    conversion: f64,
    spend: f64,
}

fn rows() -> Option<Vec<Row>> {
    let text = shared("hillstrom.csv")?;
    let flag = |is: bool| f64::from(u8::from(is));
    let row = |line: &str| {
        // The segment, which holds a comma at times, is not needed: count from the end.
        let mut cells: Vec<&str> = line.trim().split(',').collect();
        let first = cells[0];
        let cells = cells.split_off(cells.len() - 12);
        let cells: Vec<&str> = std::iter::once(first).chain(cells.into_iter().skip(1)).collect();
        let number = |i: usize| cells[i].parse::<f64>().unwrap();
        Row {
            features: [
                number(0),
                number(2),
                number(3),
                number(4),
                number(6),
                flag(cells[5] == "Surburban"),
                flag(cells[5] == "Urban"),
                flag(cells[7] == "Phone"),
                flag(cells[7] == "Web"),
            ],
            arm: match cells[8] {
                "Mens E-Mail" => 1,
                "Womens E-Mail" => 2,
                _ => 0,
            },
            visit: number(9),
            conversion: number(10),
            spend: number(11),
        }
    };
    Some(text.lines().skip(1).map(row).collect())
}

struct Test {
    scores: Vec<f64>,
    visits: Vec<f64>,
    treated: Vec<bool>,
}

impl Test {
    fn scored(&self) -> Scored<'_> {
        Scored { scores: &self.scores, outcomes: &self.visits, treated: &self.treated }
    }
}

/// The test part of womens against none, scored by features of the training part's moments.
fn womens(rows: &[Row], score: impl Fn(&[f64; 9], &[f64; 9]) -> f64) -> Test {
    let chosen = || rows.iter().enumerate().filter(|(_, row)| row.arm != 1);
    let train: Vec<&Row> = chosen().filter(|(i, _)| i % 10 < 7).map(|(_, row)| row).collect();
    assert_eq!(train.len(), 29_915);
    let n = train.len() as f64;
    let mut moments = [(0.0, 1.0); 9];
    for (j, moment) in moments.iter_mut().enumerate() {
        let mean = train.iter().map(|row| row.features[j]).sum::<f64>() / n;
        let variance = train.iter().map(|row| (row.features[j] - mean).powi(2)).sum::<f64>() / n;
        *moment = (mean, variance.sqrt());
    }
    let mut test = Test { scores: vec![], visits: vec![], treated: vec![] };
    for (i, row) in chosen().filter(|(i, _)| i % 10 >= 7) {
        let mut standardised = row.features;
        for (x, (mean, sd)) in standardised.iter_mut().zip(moments) {
            *x = (*x - mean) / sd;
        }
        let tie = ((i * 7919) % 100_003) as f64 / 1e9;
        test.scores.push(score(&row.features, &standardised) + tie);
        test.visits.push(row.visit);
        test.treated.push(row.arm == 2);
    }
    assert_eq!(test.scores.len(), 12_778);
    test
}

/// Qini, Qini (nobody harmed), uplift AUC, u@10, u@30, u@30 by group; AUUC, Qini, raw Qini.
#[track_caller]
fn check(test: &Test, want: [f64; 9]) {
    let scored = test.scored();
    let at = |k, strategy| uplift_at_k(&scored, k, strategy).unwrap();
    let got = [
        qini_auc_score(&scored, true).unwrap(),
        qini_auc_score(&scored, false).unwrap(),
        uplift_auc_score(&scored).unwrap(),
        at(0.1, Strategy::Overall),
        at(0.3, Strategy::Overall),
        at(0.3, Strategy::ByGroup),
        auuc_score(&scored, true).unwrap(),
        qini_score(&scored, true).unwrap(),
    ];
    for (got, want) in got.into_iter().zip(want) {
        near(got, want, 1e-6);
    }
    near(qini_score(&scored, false).unwrap(), want[8], 1e-4);
}

#[test]
fn history_as_a_score_gives_the_values_of_both_packages() {
    let Some(rows) = rows() else { return };
    let test = womens(&rows, |features, _| features[1]);
    check(
        &test,
        [0.008622, 0.049572, 0.003076, 0.060608, 0.058745, 0.056662, 0.519043, 0.024265, 6.4968],
    );
    let wald = top::wald(&test.scored(), 0.3, 0.05).unwrap();
    near(wald.value, 0.058745, 1e-6);
    assert!(wald.interval.low > 0.0);
}

#[test]
fn two_logistic_models_give_the_values_of_both_packages() {
    let Some(rows) = rows() else { return };
    let treated = [
        -1.788703, -0.150920, 0.112430, 0.175687, 0.458603, -0.235210, -0.105643, -0.151710,
        -0.033672, 0.092032,
    ];
    let control = [
        -2.261968, -0.266732, 0.173407, 0.266363, 0.281976, -0.359290, -0.266299, -0.283667,
        -0.087140, 0.082728,
    ];
    let rate = |weights: &[f64; 10], x: &[f64; 9]| {
        let sum: f64 = weights[0] + weights[1..].iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
        1.0 / (1.0 + (-sum).exp())
    };
    let test = womens(&rows, |_, x| rate(&treated, x) - rate(&control, x));
    let scored = test.scored();
    // The coefficients are given to six digits, which moves a few people past each other.
    near(qini_auc_score(&scored, true).unwrap(), 0.055885, 2e-5);
    near(qini_auc_score(&scored, false).unwrap(), 0.321322, 1e-4);
    near(auuc_score(&scored, true).unwrap(), 0.655922, 1e-4);
    near(qini_score(&scored, true).unwrap(), 0.157268, 1e-4);
    near(uplift_at_k(&scored, 0.3, Strategy::Overall).unwrap(), 0.062690, 1e-3);
}

/// Mens buyers get the mens e-mail, womens buyers the womens, both the mens.
#[test]
fn a_policy_is_worth_what_the_design_says() {
    let Some(rows) = rows() else { return };
    let chooses = |row: &Row| if row.features[2] > 0.5 { 1 } else { 2 };
    let evaluation: Vec<f64> =
        rows.iter().map(|row| f64::from(u8::from(row.arm == chooses(row)))).collect();
    near(evaluation.iter().sum(), 21_386.0, 0.0);
    let logging = vec![1.0 / 3.0; rows.len()];
    let values = |outcome: fn(&Row) -> f64| {
        let rewards: Vec<f64> = rows.iter().map(outcome).collect();
        let log = Logged { rewards: &rewards, logging: &logging, evaluation: &evaluation };
        [Estimator::Ips { clip: f64::INFINITY }, Estimator::SelfNormalised]
            .map(|estimator| estimator.on_log(&log).unwrap().value().unwrap())
    };
    for (got, want) in [
        (values(|row| row.visit), [0.1846875, 0.184232675582]),
        (values(|row| row.conversion), [0.01228125, 0.012251005331]),
        (values(|row| row.spend), [1.432155, 1.428628074]),
    ] {
        near(got[0], want[0], 1e-9);
        near(got[1], want[1], 1e-9);
    }
    let mut counts = [0_u64; 3];
    for row in &rows {
        counts[usize::from(row.arm)] += 1;
    }
    near(srm::chi_square(&counts, &[1.0; 3]).unwrap().p_value, 0.9036929575604, 1e-12);
}
