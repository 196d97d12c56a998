//! Requests: the vectors of other packages through JSON, and what bad ones are told.

use super::{Estimate, answer, attribution, bandit, clv, drift, experiment, ope, power, uplift};
use crate::answer::Node;
use expect_test::{Expect, expect};

/// Asks, and compares numbers of the answer to within 1e-9 of 1 or of their size.
#[track_caller]
fn check<E: Estimate>(text: &str, wanted: &[(&str, f64)]) {
    let found = answer::<E>(text, "x").unwrap_or_else(|failure| panic!("{text}: {failure}"));
    for (path, want) in wanted {
        let got = match found.get(path) {
            Node::Number(got) => *got,
            Node::Count(got) => *got as f64,
            other => panic!("{path} is {other:?} in {found:?}"),
        };
        let within = 1e-9 * want.abs().max(1.0);
        assert!((got - want).abs() <= within, "{path}: {got}, not {want}");
    }
}

#[track_caller]
fn refused<E: Estimate>(text: &str, expected: &Expect) {
    let failure = answer::<E>(text, "experiment").unwrap_err();
    expected.assert_eq(&format!("{failure} ({})", failure.advice().unwrap_or_default()));
}

const RATES: &str = r#""treated": {"proportion": {"n": 10000, "successes": 570}},
    "control": {"proportion": {"n": 10000, "successes": 500}}"#;

#[test]
fn lifts_are_those_of_gbstats() {
    check::<experiment::Request>(
        &format!(r#"{{"lift": {{{RATES}, "scale": "absolute"}}}}"#),
        &[
            ("value", 0.007),
            ("interval.low", 0.000_763_023_065_632_736_9),
            ("interval.high", 0.013_236_976_934_367_262),
            ("p_value", 0.027_827_071_065_688_935),
        ],
    );
    check::<experiment::Request>(
        &format!(
            r#"{{"lift": {{{RATES}, "scale": "absolute",
                "method": {{"always_valid": {{"expected_units": 5000}}}}}}}}"#
        ),
        &[("interval.low", -0.002_950_465_412_194_456_7), ("p_value", 0.548_009_382_084_932_7)],
    );
    check::<experiment::Request>(
        &format!(r#"{{"posterior": {{{RATES}, "scale": "absolute"}}}}"#),
        &[("chance_to_win", 0.986_092_184_977_320_7)],
    );
}

#[test]
fn cuped_is_that_of_gbstats() {
    let arm = |n: u32, y: [i32; 2], x: [i32; 2], xy: i32| {
        format!(
            r#"{{"cuped": {{"n": {n}, "sums": [{}, {}], "squares": [{}, {}], "product": {xy}}}}}"#,
            y[0], x[0], y[1], x[1]
        )
    };
    let (control, treated) =
        (arm(3001, [300, 600], [210, 415], -20), arm(3000, [222, 555], [120, 405], -10));
    for (scale, wanted) in [
        ("relative", [("theta", -0.073_211_940_348_135_45), ("interval.low", -0.472_067_645_69)]),
        ("absolute", [("value", -0.028_161_328_28), ("standard_error", 0.011_075_982_92)]),
    ] {
        let text = format!(
            r#"{{"lift": {{"treated": {treated}, "control": {control}, "scale": "{scale}"}}}}"#
        );
        check::<experiment::Request>(&text, &wanted);
    }
}

#[test]
fn balance_and_many_tests() {
    check::<experiment::Request>(
        r#"{"srm": {"observed": [1000, 1200], "shares": [1, 1]}}"#,
        &[("p_value", 2.007_865_612_426_481e-5)],
    );
    check::<experiment::Request>(
        r#"[{"holm": {"p_values": [0.01, 0.04]}}, {"benjamini_hochberg": {"p_values": [0.01, 0.04]}}]"#,
        &[("0.p_values.0", 0.02), ("0.p_values.1", 0.04), ("1.p_values.0", 0.02)],
    );
}

#[test]
fn best_arms_are_exact() {
    check::<bandit::Request>(
        r#"{"best_arm": {"arms": {"counts": [{"n": 10000, "successes": 500},
            {"n": 10000, "successes": 570}]}}}"#,
        &[("probabilities.1", 0.986_068_997_787_554)],
    );
    check::<bandit::Request>(
        r#"{"best_arm": {"arms": {"metrics": [
            {"mean": {"n": 1000, "sum": 10, "sum_squares": 2000}},
            {"mean": {"n": 1000, "sum": 20, "sum_squares": 2000}},
            {"mean": {"n": 1000, "sum": 30, "sum_squares": 2000}},
            {"mean": {"n": 1000, "sum": 300, "sum_squares": 20000}}]}}}"#,
        &[("probabilities.0", 0.011_032_752_409_629), ("probabilities.3", 0.951_620_955_825_401)],
    );
}

/// The toy log of the open bandit pipeline.
const TOY: &str = r#""log": {"rewards": [1,0,1,0,1,0,0,1], "logging": [0.5,0.3,0.2,0.5,0.3,0.2,0.5,0.3],
    "actions": [0,1,2,0,1,2,0,1],
    "policy": [[0.2,0.3,0.5],[0.2,0.3,0.5],[0.2,0.3,0.5],[0.2,0.3,0.5],
               [0.7,0.2,0.1],[0.7,0.2,0.1],[0.7,0.2,0.1],[0.7,0.2,0.1]],
    "model": [[0.5,0.4,0.6],[0.3,0.4,0.5],[0.2,0.5,0.7],[0.6,0.3,0.2],
              [0.5,0.6,0.3],[0.4,0.4,0.4],[0.3,0.2,0.1],[0.5,0.7,0.6]]}"#;

#[test]
fn a_log_is_evaluated_as_by_obp() {
    check::<ope::Request>(
        &format!(r#"{{"estimate": {{{TOY}}}}}"#),
        &[
            ("0.value", 0.529_166_666_666_666_7),
            ("1.value", 0.561_946_902_655),
            ("2.value", 0.43875),
            ("3.value", 0.458_333_333_333),
            ("4.value", 0.459_546_460_177),
        ],
    );
    check::<ope::Request>(
        &format!(r#"{{"weights": {{{TOY}}}}}"#),
        &[("effective", 5.319_308_477_401)],
    );
    check::<ope::Request>(
        &format!(r#"{{"lower_bounds": {{{TOY}, "estimator": {{"doubly_robust": {{}}}}}}}}"#),
        &[
            ("student", 0.125_949_679_616),
            ("bernstein", -1.604_413_747_346),
            ("hoeffding", -0.099_855_595_056),
        ],
    );
    check::<ope::Request>(
        &format!(
            r#"{{"slope": {{{TOY}, "candidates": [{{"switch": {{"tau": 0.5}}}}, {{"switch": {{}}}}]}}}}"#
        ),
        &[("index", 0.0), ("parameter", 0.5)],
    );
}

#[test]
fn a_customer_is_expected_as_by_lifetimes() {
    check::<clv::Request>(
        r#"{"predict": {"model": {"bg_nbd": {"r": 0.24259, "alpha": 4.41353, "a": 0.79289, "b": 2.42575}},
            "customers": [{"purchases": 2, "last": 30.43, "age": 38.86}], "time": 39}}"#,
        // Published to five digits as 0.72661 and 1.2259, at parameters with as many.
        &[("0.alive", 0.726_608_108_475_053_4), ("0.expected", 1.225_906_293_795_932)],
    );
}

#[test]
fn credits_carry_their_channels() {
    let paths = r#""paths": [{"channels": ["ads", "mail"], "conversions": 2, "nulls": 1},
        {"channels": ["mail"], "conversions": 1, "nulls": 3}]"#;
    check::<attribution::Request>(
        &format!(r#"[{{"linear": {{{paths}}}}}, {{"shapley_simplified": {{{paths}}}}}]"#),
        &[("0.0.credit", 1.0), ("0.1.credit", 2.0), ("1.1.credit", 2.0)],
    );
}

#[test]
fn power_and_sizes() {
    check::<power::Request>(
        r#"{"conditional_power": {"midway": {"value": 1, "variance": 1, "units": 10,
            "final_units": 20}, "effect": 1}}"#,
        &[("power", 0.220_115_093_360_527_12)],
    );
}

#[test]
fn drift_and_survival() {
    check::<drift::Request>(
        r#"{"wilson": {"counts": {"n": 10, "successes": 0}}}"#,
        &[("interval.low", 0.0), ("interval.high", 0.277_532_799_862_889)],
    );
    check::<drift::Request>(
        r#"{"kaplan_meier": {"rows": [{"time": 1, "left": true}, {"time": 2, "left": false},
            {"time": 3, "left": true}], "at": [1, 2.5], "quantile": 0.7}}"#,
        &[("survival.0", 2.0 / 3.0), ("survival.1", 2.0 / 3.0), ("quantile", 1.0)],
    );
}

#[test]
fn uplift_of_both_packages() {
    let people = r#""people": {"scores": [4, 3, 2, 1], "outcomes": [1, 0, 0, 1],
        "treated": [true, false, true, false]}"#;
    check::<uplift::Request>(
        &format!(
            r#"[{{"qini_auc_score": {{{people}}}}}, {{"auuc_score": {{{people}, "normalize": false}}}}]"#
        ),
        &[("0.score", 1.0), ("1.score", 0.8)],
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    refused::<experiment::Request>(
        "{\"lift\": {\"treated\": {\"mean\": {\"n\": 3,\n \"sum\": \"many\"}}}}",
        &expect![[
            r#"line 2, column 14: at lift.treated.mean.sum: invalid type: string "many", expected f64 (`gyre math schema experiment` says what can be asked, and how)"#
        ]],
    );
    refused::<experiment::Request>(
        r#"{"srm": {"observed": [1, -2], "shares": [1, 1]}}"#,
        &expect![
            "line 1, column 27: at srm.observed[1]: invalid value: integer `-2`, expected u64 (`gyre math schema experiment` says what can be asked, and how)"
        ],
    );
    refused::<experiment::Request>(
        r#"{"srm": {"observed": [1]}}"#,
        &expect![
            "line 1, column 25: at srm: missing field `shares` (`gyre math schema experiment` says what can be asked, and how)"
        ],
    );
    refused::<experiment::Request>(
        r#"{"srn": {}}"#,
        &expect![
            "line 1, column 6: unknown variant `srn`, expected one of `sample`, `lift`, `lift_interval`, `posterior`, `rho`, `half_width`, `always_valid_p`, `msprt_mixing_variance`, `coefficient`, `group_sequential_bounds`, `srm`, `sequential_srm`, `holm`, `benjamini_hochberg`, `simultaneous_alpha`, `guard`, `decide`, `wilson`, `delta_method` (`gyre math schema experiment` says what can be asked, and how)"
        ],
    );
    refused::<experiment::Request>(
        r#"{"srm": {"shares": [1], "x": 1}}"#,
        &expect![
            "line 1, column 27: at srm.x: unknown field `x`, expected `observed` or `shares` (`gyre math schema experiment` says what can be asked, and how)"
        ],
    );
    refused::<experiment::Request>(
        r#"{"srm": {"observed": [1, 2], "shares": [1"#,
        &expect![
            "line 1, column 41: at srm.shares: EOF while parsing a list (`gyre math schema experiment` says what can be asked, and how)"
        ],
    );
    refused::<experiment::Request>(
        "",
        &expect![
            "line 1, column 0: EOF while parsing a value (`gyre math schema experiment` says what can be asked, and how)"
        ],
    );
    refused::<experiment::Request>(
        r#"{"holm": {"p_values": []}} {"holm": {"p_values": []}}"#,
        &expect![
            "something follows the request: put several into a list, [{…}, {…}] (`gyre math schema experiment` says what can be asked, and how)"
        ],
    );
    refused::<experiment::Request>(
        r#"[{"holm": {"p_values": [0.5]}}, {"holm": {"p_values": [1.5]}}]"#,
        &expect!["[1]: p is 1.5, must be from 0 to 1 ()"],
    );
    refused::<experiment::Request>(
        r#"{"lift": {"treated": {"mean": {"n": 2, "sum": 1396.87, "sum_squares": 52377.9767}},
            "control": {"mean": {"n": 3461, "sum": 2422.7, "sum_squares": 134698.29}}}}"#,
        &expect![
            "lift: sums contradict each other: variance would be negative (the sum of squares must be at least the squared sum over n; were the sums taken over the same people?)"
        ],
    );
    refused::<ope::Request>(
        r#"{"estimate": {"log": {"rewards": [1], "logging": [0], "evaluation": [1]}}}"#,
        &expect!["estimate: logging probability is 0, must be above 0, at most 1 ()"],
    );
    refused::<ope::Request>(
        r#"{"estimate": {"log": {"rewards": [1], "logging": [1], "evaluation": [1]},
            "estimators": ["direct"]}}"#,
        &expect![
            "estimate: 0 predictions, need at least 1 (more data are needed before this number exists)"
        ],
    );
}
