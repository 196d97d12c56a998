//! Which logs are evaluable, and how good the answers are.

use crate::off_policy::estimators::Estimator;
use crate::off_policy::log::Logged;
use crate::off_policy::report::{Answer, Demands, Refusal, Report, Verdict, report};
use crate::off_policy::reward_model::{Rows, cross_fitted};
use crate::tests::{Dice, near};

const RATES: [f64; 3] = [0.1, 0.2, 0.3];

fn bits(seed: u64) -> impl FnMut() -> u64 {
    let mut dice = Dice(seed);
    move || ((dice.uniform() * 4_294_967_296.0) as u64) << 32
}

struct Log {
    actions: Vec<usize>,
    rewards: Vec<f64>,
    logging: Vec<f64>,
}

fn log(n: usize, policy: [f64; 3], seed: u64) -> Log {
    let mut dice = Dice(seed);
    let mut log = Log { actions: vec![], rewards: vec![], logging: vec![] };
    for _ in 0..n {
        let action = crate::draw::pick(&policy, dice.uniform()).unwrap();
        log.actions.push(action);
        log.logging.push(policy[action]);
        log.rewards.push(f64::from(u8::from(dice.uniform() < RATES[action])));
    }
    log
}

fn judge(log: &Log, policy: [f64; 3], unsupported: f64) -> Report {
    let evaluation: Vec<f64> = log.actions.iter().map(|a| policy[*a]).collect();
    let logged = Logged { rewards: &log.rewards, logging: &log.logging, evaluation: &evaluation };
    let demands = Demands { rounds: 100, ..Demands::default() };
    report(&logged, None, unsupported, &demands, bits(1)).unwrap()
}

fn answer(report: &Report) -> &Answer {
    match &report.verdict {
        Verdict::Evaluable(answer) => answer,
        Verdict::Refused(reasons) => panic!("refused: {reasons:?}"),
    }
}

fn refusals(report: &Report) -> &[Refusal] {
    match &report.verdict {
        Verdict::Refused(reasons) => reasons,
        Verdict::Evaluable(_) => panic!("not refused"),
    }
}

#[test]
fn a_sound_log_answers_and_sees_the_better_policy() {
    let log = log(20_000, [0.4, 0.3, 0.3], 3);
    let got = judge(&log, [0.1, 0.1, 0.8], 0.0);
    let truth = 0.1 * 0.1 + 0.1 * 0.2 + 0.8 * 0.3;
    let answer = answer(&got);
    for valued in &answer.estimates {
        near(valued.estimate.value, truth, 4.0 * valued.estimate.standard_error);
        assert!(valued.bootstrap.low < valued.estimate.value);
        assert!(valued.bootstrap.high > valued.estimate.value);
    }
    assert!(answer.beats_logging && answer.lower_bound < truth);
    near(got.matched, 1.0, 0.0);
    let worse = judge(&log, [0.8, 0.1, 0.1], 0.0);
    assert!(!self::answer(&worse).beats_logging);
}

#[test]
fn a_log_that_cannot_answer_is_refused() {
    let thin = log(20_000, [0.9995, 0.00025, 0.00025], 3);
    let got = judge(&thin, [0.0, 0.0, 1.0], 0.0);
    assert!(refusals(&got).iter().any(|r| matches!(r, Refusal::TooFewEffective { .. })));
    assert!(got.weights.effective < 20.0);
    let small = judge(&log(80, [0.4, 0.3, 0.3], 4), [0.3, 0.3, 0.4], 0.0);
    assert!(refusals(&small).iter().any(|r| matches!(r, Refusal::TooFewEffective { .. })));
    let fine = log(5000, [0.4, 0.3, 0.3], 5);
    let blind = judge(&fine, [0.3, 0.3, 0.4], 0.2);
    assert_eq!(refusals(&blind), [Refusal::Unsupported { share: 0.2 }]);
    // Propensities logged wrong by half: the mean weight gives it away.
    let mut wrong = log(5000, [0.4, 0.3, 0.3], 6);
    for p in &mut wrong.logging {
        *p *= 0.5;
    }
    let got = judge(&wrong, [0.3, 0.3, 0.4], 0.0);
    assert!(refusals(&got).iter().any(|r| matches!(r, Refusal::MeanWeightOff { .. })));
    let mut quiet = log(5000, [0.4, 0.3, 0.3], 7);
    quiet.rewards.fill(0.0);
    assert_eq!(refusals(&judge(&quiet, [0.3, 0.3, 0.4], 0.0)), [Refusal::NoOutcome]);
    let never = judge(&fine_without(2), [0.0, 0.0, 1.0], 0.0);
    assert!(!refusals(&never).is_empty());
}

fn fine_without(action: usize) -> Log {
    let mut log = log(5000, [0.4, 0.3, 0.3], 8);
    for (a, _) in log.actions.iter_mut().zip(0..) {
        if *a == action {
            *a = 0;
        }
    }
    log
}

/// Contexts matter, the model is cross-fitted, and doubly robust intervals cover.
#[test]
fn doubly_robust_intervals_cover_and_are_narrower() {
    let (runs, n) = (200, 600);
    let mut dice = Dice(10);
    let (mut hits, mut narrower) = (0_u32, 0_u32);
    let reward_of = |x: f64, a: usize| x * (a as f64 - 0.5);
    for _ in 0..runs {
        let (mut features, mut actions, mut rewards, mut logging) =
            (vec![], vec![], vec![], vec![]);
        let mut truth = 0.0;
        let mut evaluation = vec![];
        let mut policies = vec![];
        for _ in 0..n {
            let x = 2.0 * dice.uniform() - 1.0;
            let p_one = 0.3 + 0.4 * dice.uniform();
            let action = usize::from(dice.uniform() < p_one);
            let policy = if x > 0.0 { [0.1, 0.9] } else { [0.9, 0.1] };
            truth += (policy[0] * reward_of(x, 0) + policy[1] * reward_of(x, 1)) / n as f64;
            features.push(vec![1.0, x]);
            logging.push(if action == 1 { p_one } else { 1.0 - p_one });
            evaluation.push(policy[action]);
            policies.push(policy.to_vec());
            rewards.push(reward_of(x, action) + 0.3 * dice.normal());
            actions.push(action);
        }
        let rows = Rows { features: &features, actions: &actions, rewards: &rewards, arms: 2 };
        let folds: Vec<usize> = (0..n).map(|i| i % 3).collect();
        let model = cross_fitted(&rows, &folds, 3, 1.0).unwrap();
        let chosen = crate::off_policy::log::choose(&actions, &policies, &model).unwrap();
        let logged = Logged { rewards: &rewards, logging: &logging, evaluation: &evaluation };
        let parts = Some((&chosen.predicted[..], &chosen.baseline[..]));
        let demands = Demands { rounds: 20, ..Demands::default() };
        let got = report(&logged, parts, 0.0, &demands, bits(2)).unwrap();
        let Verdict::Evaluable(answer) = got.verdict else { continue };
        let find = |wanted: Estimator| {
            answer.estimates.iter().find(|v| v.estimator == wanted).unwrap().estimate
        };
        let dr = find(Estimator::DoublyRobust { clip: f64::INFINITY });
        let ips = find(Estimator::Ips { clip: f64::INFINITY });
        // The truth is that of these very people, so intervals cover a little more than they say.
        hits += u32::from(dr.interval.contains(truth));
        narrower += u32::from(dr.standard_error < ips.standard_error);
    }
    assert!(
        f64::from(hits) / f64::from(runs) >= 0.95 - 3.0 * (0.05 * 0.95 / f64::from(runs)).sqrt()
    );
    assert!(f64::from(narrower) / f64::from(runs) > 0.95);
}

#[test]
fn impossible_models_are_errors() {
    let features = vec![vec![1.0]; 4];
    let rows = Rows { features: &features, actions: &[0, 1, 0, 1], rewards: &[1.0; 4], arms: 2 };
    assert!(cross_fitted(&rows, &[0, 0, 1, 1], 2, 0.0).is_ok());
    assert!(cross_fitted(&rows, &[0, 0, 1, 2], 2, 0.0).is_err());
    assert!(cross_fitted(&rows, &[0, 0, 0, 0], 1, 0.0).is_err());
    assert!(cross_fitted(&Rows { arms: 1, ..rows }, &[0, 0, 1, 1], 2, 0.0).is_err());
    assert!(cross_fitted(&Rows { rewards: &[1.0], ..rows }, &[0, 0, 1, 1], 2, 0.0).is_err());
    // Arm 1 is only in fold 0: for fold 0 nothing is known of it.
    let got = cross_fitted(&rows, &[1, 0, 1, 0], 2, 0.0).unwrap();
    near(got[1][1], 0.0, 0.0);
    near(got[0][1], 1.0, 1e-12);
}
