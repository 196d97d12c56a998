//! Posteriors of a lift against gbstats.

use crate::experiment::bayes::Prior;
use crate::lift::{Arms, Lift, Scale};
use crate::moments::Metric;
use crate::tests::{close, mean, near, proportion};

fn lift(control: &impl Metric, treated: &impl Metric, scale: Scale) -> Lift {
    let arms = Arms { treated: treated.sample().unwrap(), control: control.sample().unwrap() };
    arms.lift(scale).unwrap()
}

#[test]
fn risks_and_chances_agree_with_gbstats() {
    let rate = lift(&proportion(100, 49), &proportion(100, 51), Scale::Relative);
    let got = rate.posterior(Prior::Flat, 0.05).unwrap();
    let all = [got.mean, got.interval.low, got.interval.high, got.sd, got.chance_to_win];
    for (got, want) in all.into_iter().zip([0.04082, -0.24779, 0.32943, 0.14725, 0.60918]) {
        near(got, want, 1e-5);
    }
    near(got.risk_control, 0.0814, 1e-5);
    near(got.risk_treated, 0.04058, 1e-5);
    let value = lift(&mean(10, 100.0, 1002.25), &mean(10, 105.0, 1111.5), Scale::Relative);
    let got = value.posterior(Prior::Flat, 0.05).unwrap();
    let all = [got.mean, got.interval.low, got.interval.high, got.sd, got.chance_to_win];
    for (got, want) in all.into_iter().zip([0.05, -0.02, 0.12, 0.03572, 0.91923]) {
        near(got, want, 1e-5);
    }
    near(got.risk_control, 0.05131, 1e-5);
    near(got.risk_treated, 0.00131, 1e-5);
}

#[test]
fn priors_shrink_on_the_right_scale() {
    let (control, treated) = (proportion(10_000, 500), proportion(10_000, 570));
    let absolute = lift(&control, &treated, Scale::Absolute);
    near(absolute.posterior(Prior::Flat, 0.05).unwrap().chance_to_win, 0.9860921849773207, 1e-12);
    let relative = lift(&control, &treated, Scale::Relative);
    let shrunk = relative.posterior(Prior::RELATIVE, 0.05).unwrap();
    assert!(shrunk.mean < relative.value && shrunk.mean > 0.9 * relative.value);
    // The same prior in absolute units has the same weight against the same data.
    let prior = Prior::RELATIVE.on(Scale::Absolute, 0.05).unwrap();
    assert_eq!(prior, Prior::Normal { mean: 0.0, sd: 0.3 * 0.05 });
    let shrunk = absolute.posterior(prior, 0.05).unwrap();
    near(shrunk.chance_to_win, 0.9843009081208187, 1e-12);
    let pulled = absolute.posterior(prior, 0.05).unwrap().mean / absolute.value;
    let variance = absolute.variance / 0.05 / 0.05;
    near(pulled, 1.0 / (1.0 + variance / 0.09), 1e-12);
    assert!(Prior::RELATIVE.on(Scale::Absolute, 0.0).is_err());
}

#[test]
fn far_out_risks_reach_their_limits() {
    let at = |value: f64| Lift { value, variance: 1.0, dof: 100.0, units: 100 };
    let won = at(50.0).posterior(Prior::Flat, 0.05).unwrap();
    near(won.chance_to_win, 1.0, 0.0);
    near(won.risk_control, 50.0, 1e-12);
    near(won.risk_treated, 0.0, 0.0);
    // φ(10) − 10(1 − Φ(10)) by scipy's quadrature.
    close(
        at(-10.0).posterior(Prior::Flat, 0.05).unwrap().risk_control / 7.4745602545893275e-25,
        1.0,
        1e-9,
    );
    let difference = at(1.7).posterior(Prior::Flat, 0.05).unwrap();
    near(difference.risk_control - difference.risk_treated, 1.7, 1e-14);
    assert!(at(1.0).posterior(Prior::Normal { mean: 0.0, sd: 0.0 }, 0.05).is_err());
    assert!(at(f64::NAN).posterior(Prior::Flat, 0.05).is_err());
}
