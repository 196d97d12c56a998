//! The sample of ChannelAttribution: 10 000 paths over 12 channels.

use super::{near, shared};
use gyre_math::attribution::heuristic::{self, Rule};
use gyre_math::attribution::{Path, markov, shapley};

const NAMES: [&str; 12] = [
    "alpha", "iota", "eta", "beta", "theta", "lambda", "epsilon", "zeta", "kappa", "gamma",
    "delta", "mi",
];

fn paths() -> Option<Vec<Path>> {
    let text = shared("attribution_paths.csv.gz")?;
    let number = |name: &str| NAMES.iter().position(|known| *known == name).unwrap() as u32;
    let path = |line: &str| {
        let cells: Vec<&str> = line.rsplitn(4, ',').collect();
        let [nulls, _, conversions, channels] = cells[..] else { panic!("{line}") };
        Path {
            channels: channels.split(" > ").map(|name| number(name.trim())).collect(),
            conversions: conversions.parse().unwrap(),
            nulls: nulls.parse().unwrap(),
        }
    };
    Some(text.lines().skip(1).map(path).collect())
}

#[track_caller]
fn check(got: &[f64], want: [f64; 12], tolerance: f64) {
    near(got.iter().sum(), 19_785.0, 1e-6);
    for (got, want) in got.iter().zip(want) {
        near(*got, want, tolerance);
    }
}

#[test]
fn rules_of_thumb_are_the_librarys() {
    let Some(paths) = paths() else { return };
    let by = |rule| heuristic::credits(&paths, 12, rule).unwrap();
    let first = [6308.0, 4606.0, 3164.0, 2831.0, 1606.0, 902.0, 99.0, 27.0, 74.0, 165.0, 1.0, 2.0];
    check(&by(Rule::First), first, 1e-9);
    let last = [8447.0, 3355.0, 4167.0, 989.0, 653.0, 1207.0, 531.0, 107.0, 230.0, 92.0, 5.0, 2.0];
    check(&by(Rule::Last), last, 1e-9);
    let linear = [
        7574.7186, 3857.0962, 3539.9512, 2083.5001, 1022.8014, 1035.2576, 272.1704, 136.5515,
        137.9641, 121.0416, 1.7250, 2.2222,
    ];
    check(&by(Rule::Linear), linear, 6e-5);
}

#[test]
fn markov_is_exact() {
    let Some(mut paths) = paths() else { return };
    let got = markov::credits(&paths, 12, 1).unwrap();
    let want = [
        5344.9477, 3884.6147, 3340.8474, 2527.3522, 1971.9129, 1282.8472, 599.5707, 381.0626,
        274.3633, 171.1454, 4.6136, 1.7224,
    ];
    check(&got.credits, want, 6e-5);
    let removal = [
        0.5584, 0.4058, 0.3490, 0.2640, 0.2060, 0.1340, 0.0626, 0.0398, 0.0287, 0.0179, 0.0005,
        0.0002,
    ];
    for (got, want) in got.removal.iter().zip(removal) {
        near(*got, want, 6e-5);
    }
    near(got.conversion, 0.2238451, 5e-8);
    let second = markov::credits(&paths, 12, 2).unwrap();
    near(second.conversion, 0.2238451, 5e-8);
    near(second.credits.iter().sum(), 19_785.0, 1e-6);
    let third = markov::credits(&paths, 12, 3).unwrap();
    assert!(third.states > 700, "large enough to be solved by sweeps");
    near(third.conversion, 0.2238451, 5e-8);
    for path in &mut paths {
        path.nulls = 0.0;
    }
    let got = markov::credits(&paths, 12, 1).unwrap();
    let want = [
        5260.0696, 3899.2462, 3347.7659, 2585.4063, 1938.8461, 1295.4822, 604.8315, 394.5215,
        276.6511, 176.0281, 4.2587, 1.8930,
    ];
    check(&got.credits, want, 6e-5);
}

#[test]
fn shapley_sums_to_the_conversions() {
    let Some(paths) = paths() else { return };
    near(shapley::simplified(&paths, 12).unwrap().iter().sum(), 19_785.0, 1e-6);
    near(shapley::exact_rate(&paths, 12).unwrap().iter().sum(), 19_785.0, 1e-6);
}
