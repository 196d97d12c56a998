//! Trees.

use crate::bandit::segments::{Growth, Row, Tree, leaf_probabilities};
use crate::moments::Mean;
use crate::tests::{Dice, near};

/// Arm 1 is better for people above 30 and worse below; the second feature is noise.
fn people(n: usize, seed: u64) -> Vec<([f64; 2], usize, f64)> {
    let mut dice = Dice(seed);
    (0..n)
        .map(|_| {
            let features = [18.0 + 40.0 * dice.uniform(), dice.uniform()];
            let arm = dice.below(2);
            let rate = if (features[0] > 30.0) == (arm == 1) { 0.3 } else { 0.1 };
            (features, arm, f64::from(u8::from(dice.uniform() < rate)))
        })
        .collect()
}

fn rows(people: &[([f64; 2], usize, f64)]) -> Vec<Row<'_>> {
    people
        .iter()
        .map(|(features, arm, reward)| Row { features, arm: *arm, reward: *reward })
        .collect()
}

#[test]
fn a_tree_finds_the_segments_and_each_gets_its_arm() {
    let past = people(6000, 1);
    let growth = Growth { leaves: 2, rows_per_arm: 100 };
    let tree = Tree::grow(&rows(&past), 2, growth).unwrap();
    assert_eq!(tree.leaves(), 2);
    let (young, old) = (tree.leaf(&[25.0, 0.5]).unwrap(), tree.leaf(&[40.0, 0.5]).unwrap());
    assert_ne!(young, old);
    assert_eq!(tree.leaf(&[28.5, 0.9]).unwrap(), young);
    assert_eq!(tree.leaf(&[31.5, 0.1]).unwrap(), old);
    let fresh = people(6000, 2);
    let sums = tree.sums(&rows(&fresh)).unwrap();
    let shares = leaf_probabilities(&sums, 100).unwrap();
    assert!(shares[young][0] > 0.99 && shares[old][1] > 0.99, "{shares:?}");
    let counted: u64 = sums.iter().flatten().map(|sum| sum.n).sum();
    assert_eq!(counted, 6000);
}

#[test]
fn no_leaf_is_smaller_than_allowed() {
    let past = people(2000, 3);
    let growth = Growth { leaves: 50, rows_per_arm: 60 };
    let tree = Tree::grow(&rows(&past), 2, growth).unwrap();
    let sums = tree.sums(&rows(&past)).unwrap();
    assert!(tree.leaves() > 4);
    assert!(sums.iter().flatten().all(|sum| sum.n >= 60));
    let none = Growth { leaves: 1, rows_per_arm: 60 };
    assert_eq!(Tree::grow(&rows(&past), 2, none).unwrap().leaves(), 1);
}

#[test]
fn a_thin_leaf_falls_back_to_all_leaves() {
    let arm =
        |n: u64, successes: u64| Mean { n, sum: successes as f64, sum_squares: successes as f64 };
    let sums = [vec![arm(1000, 100), arm(1000, 140)], vec![arm(10, 5), arm(10, 1)]];
    let shares = leaf_probabilities(&sums, 100).unwrap();
    let whole = leaf_probabilities(&[vec![arm(1010, 105), arm(1010, 141)]], 100).unwrap();
    near(shares[1][0], whole[0][0], 1e-12);
    assert!(shares[0][1] > 0.99);
    assert!(leaf_probabilities(&[vec![arm(10, 0), arm(10, 0)]], 1).is_err());
}

#[test]
fn impossible_rows_are_errors() {
    let growth = Growth { leaves: 4, rows_per_arm: 2 };
    let row = |features, arm, reward| Row { features, arm, reward };
    let sound =
        [row(&[1.0], 0, 1.0), row(&[2.0], 0, 0.0), row(&[3.0], 1, 1.0), row(&[4.0], 1, 0.0)];
    assert!(Tree::grow(&sound, 2, growth).is_ok());
    assert!(Tree::grow(&[], 2, growth).is_err() && Tree::grow(&sound, 3, growth).is_err());
    assert!(Tree::grow(&sound, 1, growth).is_err());
    let odd = [sound[0], row(&[1.0, 2.0], 0, 1.0)];
    assert!(Tree::grow(&odd, 1, growth).is_err());
    assert!(Tree::grow(&[row(&[f64::NAN], 0, 1.0); 4], 1, growth).is_err());
    let tree = Tree::grow(&sound, 2, growth).unwrap();
    assert!(tree.leaf(&[1.0, 2.0]).is_err() && tree.leaf(&[f64::NAN]).is_err());
    assert!(tree.sums(&[row(&[1.0], 2, 1.0)]).is_err());
}
