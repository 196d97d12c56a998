//! Open Bandit, campaign "men": what a log can tell.

use super::{near, shared};
use gyre_math::off_policy::estimators::Estimator;
use gyre_math::off_policy::log::{Logged, spread};

/// The log of the Thompson policy, evaluated for the uniform one: no random numbers are needed.
#[test]
fn the_uniform_policy_on_the_log_of_thompson() {
    let Some(text) = shared("open_bandit_men/bts.csv.gz") else { return };
    let (mut rewards, mut logging) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        rewards.push(cells[4].parse::<f64>().unwrap());
        logging.push(cells[5].parse::<f64>().unwrap());
    }
    let evaluation = vec![1.0 / 34.0; rewards.len()];
    let log = Logged { rewards: &rewards, logging: &logging, evaluation: &evaluation };
    let value = |estimator: Estimator| estimator.on_log(&log).unwrap().value().unwrap();
    near(value(Estimator::Ips { clip: f64::INFINITY }), 0.00300862633, 1e-11);
    near(value(Estimator::SelfNormalised), 0.00318942316, 1e-11);
    let weights = spread(&log.weights().unwrap()).unwrap();
    near(weights.mean, 0.94331, 1e-5);
    near(weights.largest, 178.3, 0.05);
    near(weights.effective, 655.7, 0.05);
    let clicks: f64 = rewards.iter().sum();
    near(clicks / rewards.len() as f64, 0.0069, 1e-12);
}
