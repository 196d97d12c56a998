//! Trajectories, on the small world of fatigue: states low, high, gone; actions send, wait.

use crate::error::Error;
use crate::off_policy::fitted_q::{Transition, fit};
use crate::off_policy::trajectories::{Estimator, Step, contributions, value};
use crate::tests::{Dice, near};

const HORIZON: usize = 8;
const REWARD: [[f64; 2]; 2] = [[0.10, 0.03], [0.04, 0.01]];
/// Chance of low, high, gone after state and action.
const NEXT: [[[f64; 3]; 2]; 2] =
    [[[0.38, 0.60, 0.02], [1.0, 0.0, 0.0]], [[0.0, 0.85, 0.15], [0.5, 0.5, 0.0]]];

/// Chance of sending in a state.
type Policy = [f64; 2];

/// Exact value of each state with `steps` to go, and of each action.
fn exact(policy: Policy, steps: usize) -> ([f64; 2], [[f64; 2]; 2]) {
    let mut v = [0.0; 2];
    let mut q = [[0.0; 2]; 2];
    for _ in 0..steps {
        for s in 0..2 {
            for a in 0..2 {
                q[s][a] = REWARD[s][a] + NEXT[s][a][0] * v[0] + NEXT[s][a][1] * v[1];
            }
        }
        v = [0, 1].map(|s| policy[s] * q[s][0] + (1.0 - policy[s]) * q[s][1]);
    }
    (v, q)
}

#[test]
fn the_greedy_sender_loses_what_the_design_says() {
    // The optimal value by backward induction against always sending.
    for (steps, loss) in [(8, 0.27), (12, 0.41)] {
        let mut best = [0.0_f64; 2];
        for _ in 0..steps {
            best = [0, 1].map(|s| {
                [0, 1]
                    .map(|a| REWARD[s][a] + NEXT[s][a][0] * best[0] + NEXT[s][a][1] * best[1])
                    .into_iter()
                    .fold(0.0, f64::max)
            });
        }
        near(1.0 - exact([1.0, 1.0], steps).0[0] / best[0], loss, 0.005);
    }
}

/// Trajectories of at most `HORIZON` steps under `logging`, weighted for `policy`.
fn play(
    runs: usize,
    logging: Policy,
    policy: Policy,
    seed: u64,
) -> (Vec<Vec<Step>>, Vec<Transition>) {
    let mut dice = Dice(seed);
    let mut steps = Vec::new();
    let trajectories = (0..runs)
        .map(|_| {
            let mut state = 0;
            let mut trajectory = Vec::new();
            for t in 0..HORIZON {
                let send = dice.uniform() < logging[state];
                let a = usize::from(!send);
                let chance = |p: Policy| if send { p[state] } else { 1.0 - p[state] };
                let reward = REWARD[state][a] + 0.01 * dice.normal();
                let next = crate::draw::pick(&NEXT[state][a], dice.uniform()).unwrap();
                let (v, q) = exact(policy, HORIZON - t);
                let weight = chance(policy) / chance(logging);
                trajectory.push(Step { reward, weight, q: q[state][a], v: v[state] });
                let table = |s: usize, p: f64| {
                    let mut features = vec![0.0; 4];
                    if s < 2 {
                        (features[2 * s], features[2 * s + 1]) = (p, 1.0 - p);
                    }
                    features
                };
                let ahead = if next < 2 { table(next, policy[next]) } else { vec![0.0; 4] };
                let features = table(state, if send { 1.0 } else { 0.0 });
                steps.push(Transition { features, reward, next: ahead });
                if next == 2 {
                    break;
                }
                state = next;
            }
            trajectory
        })
        .collect();
    (trajectories, steps)
}

#[test]
fn every_estimator_finds_the_value_of_another_policy() {
    let (logging, policy) = ([0.5, 0.5], [0.6, 0.35]);
    let truth = exact(policy, HORIZON).0[0];
    let (trajectories, steps) = play(20_000, logging, policy, 5);
    let n = trajectories.len() as f64;
    let mut errors = Vec::new();
    for estimator in [
        Estimator::TrajectoryWise,
        Estimator::PerDecision,
        Estimator::WeightedPerDecision,
        Estimator::DoublyRobust,
        Estimator::WeightedDoublyRobust,
        Estimator::WeightedTrajectoryWise,
    ] {
        let got = value(&trajectories, 1.0, estimator).unwrap();
        let rows = contributions(&trajectories, 1.0, estimator).unwrap();
        let se = (rows.iter().map(|r| (r - got).powi(2)).sum::<f64>()).sqrt() / n;
        println!("{estimator:?} {got} ± {se}, truth {truth}");
        near(got, truth, 4.0 * se);
        errors.push(se);
    }
    assert!(errors[3] < 0.7 * errors[1] && errors[4] < 0.7 * errors[2], "{errors:?}");
    let q = fit(&steps, 1.0, 0.0, HORIZON as u32).unwrap();
    near(q.at(&[policy[0], 1.0 - policy[0], 0.0, 0.0]).unwrap(), truth, 0.005);
    // For ever: (I − γP)⁻¹ by many rounds is a fixed point.
    let long = fit(&steps, 0.9, 0.0, 400).unwrap();
    assert!(long.last_change < 1e-12);
    assert_eq!(long.weights().len(), 4);
}

#[test]
fn one_step_is_plain_importance_sampling() {
    let step = |reward, weight, q, v| vec![Step { reward, weight, q, v }];
    let all = [step(1.0, 2.0, 0.4, 0.5), step(0.0, 0.5, 0.3, 0.2), step(2.0, 1.0, 1.0, 1.0)];
    let check = |estimator, want| near(value(&all, 0.9, estimator).unwrap(), want, 1e-14);
    check(Estimator::TrajectoryWise, 4.0 / 3.0);
    check(Estimator::WeightedTrajectoryWise, 4.0 / 3.5);
    check(Estimator::PerDecision, 4.0 / 3.0);
    check(Estimator::WeightedPerDecision, 4.0 / 3.5);
    check(Estimator::DoublyRobust, (2.0 * 0.6 - 0.5 * 0.3 + 1.0 + 1.7) / 3.0);
    check(Estimator::WeightedDoublyRobust, (2.0 * 0.6 - 0.5 * 0.3 + 1.0) / 3.5 + 1.7 / 3.0);
}

#[test]
fn impossible_trajectories_are_errors() {
    let step = Step { reward: 1.0, weight: 1.0, q: 0.0, v: 0.0 };
    let of = |step: Step, gamma| value(&[vec![step]], gamma, Estimator::PerDecision);
    assert!(of(step, 0.9).is_ok() && of(step, 1.1).is_err());
    assert!(of(Step { weight: -1.0, ..step }, 0.9).is_err());
    assert!(of(Step { reward: f64::NAN, ..step }, 0.9).is_err());
    assert!(value(&[], 0.9, Estimator::PerDecision).is_err());
    assert!(value(&[vec![]], 0.9, Estimator::PerDecision).is_err());
    let never = [vec![Step { weight: 0.0, ..step }]];
    assert!(value(&never, 1.0, Estimator::WeightedPerDecision).is_err());
    let transition = Transition { features: vec![1.0, 1.0], reward: 1.0, next: vec![1.0, 1.0] };
    let one = std::slice::from_ref(&transition);
    assert!(matches!(fit(one, 0.9, 0.0, 5), Err(Error::Singular { .. })));
    assert!(fit(one, 0.9, 0.1, 5).is_ok() && fit(&[], 0.9, 0.1, 5).is_err());
    let wide = [Transition { features: vec![1.0], reward: 1.0, next: vec![1e9] }];
    assert!(matches!(fit(&wide, 1.0, 0.0, 100), Err(Error::NoConvergence { .. })));
}
