//! Attribution by hand, by law, and against each other. The sample of ChannelAttribution is read in the
//! tests of the public functions.

use super::Path;
use super::heuristic::{self, Rule};
use super::sparse::Chain;
use super::{markov, shapley};
use crate::error::Error;
use crate::tests::{Dice, near};
use proptest::collection::vec;
use proptest::prelude::*;

fn path(channels: &[u32], conversions: f64, nulls: f64) -> Path {
    Path { channels: channels.to_vec(), conversions, nulls }
}

#[track_caller]
fn check(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (got, want) in got.iter().zip(want) {
        near(*got, *want, 1e-12);
    }
}

#[test]
fn rules_of_thumb_by_hand() {
    let paths = [path(&[0, 1, 2, 1], 2.0, 1.0), path(&[2], 1.0, 0.0), path(&[1, 0], 1.0, 5.0)];
    let by = |rule| heuristic::credits(&paths, 3, rule).unwrap();
    check(&by(Rule::First), &[2.0, 1.0, 1.0]);
    check(&by(Rule::Last), &[1.0, 2.0, 1.0]);
    check(&by(Rule::Linear), &[1.0, 1.5, 1.5]);
    check(&by(Rule::Position { ends: 0.4 }), &[0.8 + 0.5, 0.2 + 0.8 + 0.5, 0.2 + 1.0]);
    let ages = [vec![21.0, 14.0, 7.0, 0.0], vec![100.0], vec![7.0, 7.0]];
    let got = heuristic::time_decay(&paths, &ages, 3, 7.0).unwrap();
    let unit = 2.0 / 15.0;
    check(&got, &[unit + 0.5, 2.0 * unit + 8.0 * unit + 0.5, 4.0 * unit + 1.0]);
}

#[test]
fn a_chain_by_hand() {
    // Half go to 0 and on to 1 or nowhere; half go to 1. From 1 half convert.
    let paths = [path(&[0, 1], 1.0, 1.0), path(&[0], 0.0, 2.0), path(&[1], 2.0, 2.0)];
    let got = markov::credits(&paths, 3, 1).unwrap();
    near(got.conversion, 3.0 / 8.0, 1e-15);
    // Without 0: half the start is lost, 1/4 left of 3/8. Without 1 nothing is left.
    check(&got.removal, &[1.0 / 3.0, 1.0, 0.0]);
    check(&got.credits, &[0.75, 2.25, 0.0]);
    assert_eq!(got.states, 3);
    // Order 2 tells who came to 1 by 0: states 0, 01, 1.
    let got = markov::credits(&paths, 3, 2).unwrap();
    near(got.conversion, 3.0 / 8.0, 1e-15);
    assert_eq!(got.states, 4);
    check(&got.removal, &[1.0 / 3.0, 1.0, 0.0]);
}

#[test]
fn shapley_by_hand() {
    let paths = [path(&[0, 1, 0], 3.0, 1.0), path(&[1], 1.0, 3.0), path(&[2, 0], 0.0, 9.0)];
    check(&shapley::simplified(&paths, 3).unwrap(), &[1.5, 2.5, 0.0]);
    // Two players: v(0) = 1, v(1) = 2, both 5.
    check(&shapley::exact(&[0.0, 1.0, 2.0, 5.0]).unwrap(), &[2.0, 3.0]);
    // Players that add up get their own worth; one that adds nothing gets nothing.
    let worth: Vec<f64> = (0..8).map(|s| f64::from(s & 1) * 2.0 + f64::from(s >> 1 & 1)).collect();
    check(&shapley::exact(&worth).unwrap(), &[2.0, 1.0, 0.0]);
    let got = shapley::exact_rate(&paths, 4).unwrap();
    near(got.iter().sum(), 4.0, 1e-12);
    assert!(got[2] < 0.0, "a channel that lowers the rate: {got:?}");
    near(got[3], 0.0, 0.0);
}

#[test]
fn impossible_paths_are_errors() {
    let sound = path(&[0, 1], 1.0, 0.0);
    let each = |paths: &[Path], channels: usize| {
        [
            heuristic::credits(paths, channels, Rule::Linear).is_err(),
            markov::credits(paths, channels, 1).is_err(),
            shapley::simplified(paths, channels).is_err(),
            shapley::exact_rate(paths, channels).is_err(),
        ]
    };
    for paths in [
        vec![],
        vec![path(&[], 1.0, 0.0)],
        vec![path(&[2], 1.0, 0.0)],
        vec![path(&[0], -1.0, 0.0)],
        vec![path(&[0], 1.0, f64::NAN)],
        vec![path(&[0], 0.0, 5.0)],
    ] {
        assert_eq!(each(&paths, 2), [true; 4], "{paths:?}");
    }
    assert!(markov::credits(std::slice::from_ref(&sound), 2, 0).is_err());
    assert!(markov::credits(std::slice::from_ref(&sound), 2, 1000).is_err());
    let wide: Vec<Path> = (0..21).map(|c| path(&[c], 1.0, 0.0)).collect();
    assert!(matches!(shapley::exact_rate(&wide, 21), Err(Error::OutOfRange { .. })));
    assert!(shapley::exact(&[0.0, 1.0, 2.0]).is_err() && shapley::exact(&[0.0]).is_err());
    assert!(
        heuristic::credits(std::slice::from_ref(&sound), 2, Rule::Position { ends: 0.6 }).is_err()
    );
    assert!(heuristic::time_decay(std::slice::from_ref(&sound), &[vec![1.0]], 2, 7.0).is_err());
    assert!(heuristic::time_decay(&[sound], &[vec![1.0, 2.0]], 2, 0.0).is_err());
}

fn random(dice: &mut Dice, count: usize, channels: usize) -> Vec<Path> {
    (0..count)
        .map(|_| {
            let length = 1 + dice.below(6);
            let touched = (0..length).map(|_| dice.below(channels) as u32).collect();
            Path {
                channels: touched,
                conversions: dice.below(3) as f64,
                nulls: dice.below(5) as f64,
            }
        })
        .collect()
}

#[test]
fn removal_is_what_paths_show_when_the_chain_is_played() {
    let mut dice = Dice(61);
    let paths = random(&mut dice, 60, 4);
    let got = markov::credits(&paths, 4, 1).unwrap();
    // Transition counts for playing.
    let mut moves = vec![[0.0; 6]; 5];
    for path in &paths {
        let weight = path.conversions + path.nulls;
        let mut at = 4;
        for channel in &path.channels {
            moves[at][*channel as usize] += weight;
            at = *channel as usize;
        }
        moves[at][4] += path.conversions;
        moves[at][5] += path.nulls;
    }
    let n = 200_000;
    let (mut converted, mut without) = (0.0, [0.0; 4]);
    for _ in 0..n {
        let (mut at, mut seen) = (4, [false; 4]);
        let converts = loop {
            let whole: f64 = moves[at].iter().sum();
            let shares: Vec<f64> = moves[at].iter().map(|m| m / whole).collect();
            let next = crate::draw::pick(&shares, dice.uniform()).unwrap();
            if next >= 4 {
                break next == 4;
            }
            seen[next] = true;
            at = next;
        };
        if converts {
            converted += 1.0 / f64::from(n);
            for (left, seen) in without.iter_mut().zip(seen) {
                *left += f64::from(u8::from(!seen)) / f64::from(n);
            }
        }
    }
    let error = 4.0 * (0.25 / f64::from(n)).sqrt();
    near(converted, got.conversion, error);
    for (left, effect) in without.into_iter().zip(got.removal) {
        near(left, got.conversion * (1.0 - effect), error);
    }
}

#[test]
fn elimination_and_sweeps_agree() {
    let mut dice = Dice(67);
    for _ in 0..20 {
        let states = 30;
        let mut counts = Vec::new();
        for from in 0..states {
            for to in 1..states {
                if dice.uniform() < 0.2 {
                    counts.push(((from, to), dice.uniform()));
                }
            }
        }
        let ends: Vec<(f64, f64)> =
            (0..states).map(|_| (0.1 * dice.uniform(), 0.1 + dice.uniform())).collect();
        let chain = Chain::new(counts, &ends);
        let groups: Vec<Vec<u32>> = (1..6).map(|c| (c..states).step_by(5).collect()).collect();
        let [exact, swept] = chain.both(&groups).map(Result::unwrap);
        near(exact.0, swept.0, 1e-12);
        check(&exact.1, &swept.1);
    }
}

fn any_paths() -> impl Strategy<Value = Vec<Path>> {
    vec((vec(0_u32..6, 1..7), 0_u32..4, 0_u32..4), 1..25).prop_filter_map("no conversion", |rows| {
        let paths: Vec<Path> = rows
            .into_iter()
            .map(|(channels, c, n)| Path { channels, conversions: c.into(), nulls: n.into() })
            .collect();
        paths.iter().any(|p| p.conversions > 0.0).then_some(paths)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn credits_sum_to_the_conversions_and_follow_the_labels(paths in any_paths()) {
        let total: f64 = paths.iter().map(|p| p.conversions).sum();
        let ages: Vec<Vec<f64>> =
            paths.iter().map(|p| (0..p.channels.len()).map(|i| i as f64).collect()).collect();
        let all = |paths: &[Path]| {
            let mut all = vec![
                heuristic::credits(paths, 6, Rule::First).unwrap(),
                heuristic::credits(paths, 6, Rule::Last).unwrap(),
                heuristic::credits(paths, 6, Rule::Linear).unwrap(),
                heuristic::credits(paths, 6, Rule::Position { ends: 0.4 }).unwrap(),
                heuristic::time_decay(paths, &ages, 6, 3.0).unwrap(),
                shapley::simplified(paths, 6).unwrap(),
                shapley::exact_rate(paths, 6).unwrap(),
            ];
            for order in 1..4 {
                all.push(markov::credits(paths, 6, order).unwrap().credits);
            }
            all
        };
        let relabelled: Vec<Path> = paths
            .iter()
            .map(|p| Path { channels: p.channels.iter().map(|c| 5 - c).collect(), ..p.clone() })
            .collect();
        for (credits, mut other) in all(&paths).into_iter().zip(all(&relabelled)) {
            near(credits.iter().sum(), total, 1e-9);
            other.reverse();
            for (a, b) in credits.iter().zip(other) {
                near(*a, b, 1e-9);
            }
        }
    }

    #[test]
    fn a_chain_converts_as_often_as_its_paths_whatever_the_order(paths in any_paths(), order in 1_usize..5) {
        let got = markov::credits(&paths, 6, order).unwrap();
        let converted: f64 = paths.iter().map(|p| p.conversions).sum();
        let all: f64 = paths.iter().map(|p| p.conversions + p.nulls).sum();
        near(got.conversion, converted / all, 1e-10);
        prop_assert!(got.removal.iter().all(|r| (0.0..=1.0).contains(r)));
    }
}
