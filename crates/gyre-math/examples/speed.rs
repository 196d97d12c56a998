//! How fast the numerics are: what `cargo xtask bench math` runs. `speed FOLDER write` makes the inputs
//! that other programs read too, `speed FOLDER measure` prints a line `name seconds value…` for each
//! measurement, the fastest of several runs.

use gyre_math::attribution::{Path as Touches, markov};
use gyre_math::bandit::thompson::{Beta, Gaussian, best_arm_probabilities};
use gyre_math::experiment::bayes::Prior;
use gyre_math::lifetime::Customer;
use gyre_math::lifetime::bg_nbd::{BgNbd, Leaving};
use gyre_math::lift::{Arms, Scale};
use gyre_math::moments::{Mean, Metric as _};
use gyre_math::off_policy::log::{Logged, choose};
use gyre_math::off_policy::report::{Demands, Verdict, report};
use gyre_math::sequential::Mixing;
use gyre_math::srm;
use std::collections::HashMap;
use std::fs::{File, read_to_string};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

type Done<T = ()> = Result<T, Box<dyn std::error::Error>>;

const CHANNELS: u64 = 200;
const PATHS: u64 = 1_000_000;
const DECISIONS: u64 = 100_000;
const ACTIONS: u64 = 10;
/// Readouts measured together.
const ROUNDS: u32 = 1000;

fn main() -> Done {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [folder, "write"] => write(Path::new(folder)),
        [folder, "measure"] => measure(Path::new(folder)),
        _ => Err("speed FOLDER write|measure".into()),
    }
}

/// Random bits (splitmix64).
struct Dice(u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.uniform() * n as f64) as u64
    }
}

/// π_e(a) and q̂(a) of a segment; the other programs compute the same.
fn policy(segment: u64) -> Vec<f64> {
    let weights: Vec<f64> = (0..ACTIONS).map(|a| (1 + (segment * 3 + a * 7) % 10) as f64).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

fn model(segment: u64) -> Vec<f64> {
    (0..ACTIONS).map(|a| 0.02 + 0.01 * ((segment + a) % 10) as f64).collect()
}

fn write(folder: &Path) -> Done {
    let mut dice = Dice(7);
    let mut out = BufWriter::new(File::create(folder.join("paths.csv"))?);
    writeln!(out, "path,conversions,nulls")?;
    for _ in 0..PATHS {
        let mut touches = vec![dice.below(CHANNELS)];
        while dice.uniform() < 0.72 && touches.len() < 30 {
            // A few channels are much more common than the rest.
            let low = dice.below(CHANNELS) * dice.below(CHANNELS) / CHANNELS;
            touches.push(low);
        }
        let names: Vec<String> = touches.iter().map(|c| format!("c{c:03}")).collect();
        let converted = u64::from(dice.uniform() < 0.1 + 0.3 / (1 + touches[0]) as f64);
        writeln!(out, "{},{converted},{}", names.join(" > "), 1 - converted)?;
    }
    out.flush()?;
    let mut out = BufWriter::new(File::create(folder.join("decisions.csv"))?);
    writeln!(out, "segment,action,reward,logging")?;
    for _ in 0..DECISIONS {
        let segment = dice.below(4);
        // A log that explores: ½ even, ½ by the policy of another segment.
        let other = policy((segment + 1) % 4);
        let logging: Vec<f64> = other.iter().map(|p| 0.5 * p + 0.5 / ACTIONS as f64).collect();
        let action = gyre_math::draw::pick(&logging, dice.uniform())?;
        let reward = u64::from(dice.uniform() < model(segment)[action] * 1.1);
        writeln!(out, "{segment},{action},{reward},{}", logging[action])?;
    }
    Ok(out.flush()?)
}

/// Runs `times` times: the fastest in seconds, and what came of it.
fn fastest<T>(times: usize, mut run: impl FnMut() -> Done<T>) -> Done<(f64, T)> {
    let mut best = None;
    for _ in 0..times {
        let began = Instant::now();
        let found = black_box(run()?);
        let took = began.elapsed().as_secs_f64();
        if best.as_ref().is_none_or(|(before, _)| took < *before) {
            best = Some((took, found));
        }
    }
    best.ok_or_else(|| "nothing was run".into())
}

fn say(name: &str, seconds: f64, values: &[f64]) -> Done {
    let mut out = std::io::stdout().lock();
    let values: Vec<String> = values.iter().map(|value| format!(" {value}")).collect();
    Ok(writeln!(out, "{name} {seconds:e}{}", values.concat())?)
}

fn measure(folder: &Path) -> Done {
    lifetime(folder)?;
    attribution(folder)?;
    off_policy(folder)?;
    thompson()?;
    readout()
}

fn lifetime(folder: &Path) -> Done {
    let Ok(text) = read_to_string(folder.join("customers.csv")) else { return Ok(()) };
    let mut customers = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [purchases, last, age] = cells[..] else { return Err("customers.csv".into()) };
        let purchases = purchases.parse::<f64>()? as u32;
        customers.push(Customer { purchases, last: last.parse()?, age: age.parse()? });
    }
    let (seconds, fit) = fastest(50, || Ok(BgNbd::fit(&customers, Leaving::AfterRepeat)?))?;
    let BgNbd { r, alpha, a, b, .. } = fit.model;
    say("bg_nbd", seconds, &[customers.len() as f64, r, alpha, a, b, fit.log_likelihood])
}

fn attribution(folder: &Path) -> Done {
    let text = read_to_string(folder.join("paths.csv"))?;
    let mut rows: Vec<(&str, f64, f64)> = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [path, conversions, nulls] = cells[..] else { return Err("paths.csv".into()) };
        rows.push((path, conversions.parse()?, nulls.parse()?));
    }
    // From texts, as the other program takes them.
    let (seconds, (credits, read)) = fastest(2, || {
        let began = Instant::now();
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut paths = Vec::with_capacity(rows.len());
        for (path, conversions, nulls) in &rows {
            let channels = path.split(" > ").map(|name| {
                let next = numbers.len() as u32;
                *numbers.entry(name).or_insert(next)
            });
            let (conversions, nulls) = (*conversions, *nulls);
            paths.push(Touches { channels: channels.collect(), conversions, nulls });
        }
        let read = began.elapsed().as_secs_f64();
        Ok((markov::credits(&paths, numbers.len(), 1)?, read))
    })?;
    let channels = credits.credits.len() as f64;
    let total: f64 = credits.credits.iter().sum();
    say("markov", seconds, &[rows.len() as f64, channels, total, credits.conversion, read])
}

fn off_policy(folder: &Path) -> Done {
    let text = read_to_string(folder.join("decisions.csv"))?;
    let (mut actions, mut rewards, mut logging) = (Vec::new(), Vec::new(), Vec::new());
    let (mut policies, mut models) = (Vec::new(), Vec::new());
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [segment, action, reward, probability] = cells[..] else {
            return Err("decisions.csv".into());
        };
        let segment = segment.parse()?;
        actions.push(action.parse::<usize>()?);
        rewards.push(reward.parse::<f64>()?);
        logging.push(probability.parse::<f64>()?);
        policies.push(policy(segment));
        models.push(model(segment));
    }
    let (seconds, found) = fastest(3, || {
        let chosen = choose(&actions, &policies, &models)?;
        let log = Logged { rewards: &rewards, logging: &logging, evaluation: &chosen.evaluation };
        let model = Some((&chosen.predicted[..], &chosen.baseline[..]));
        let mut dice = Dice(3);
        Ok(report(&log, model, 0.0, &Demands::default(), || dice.bits())?)
    })?;
    let Verdict::Evaluable(answer) = found.verdict else { return Err("refused".into()) };
    let values = answer
        .estimates
        .iter()
        .flat_map(|one| [one.estimate.value, one.bootstrap.low, one.bootstrap.high]);
    let values: Vec<f64> = std::iter::once(rewards.len() as f64).chain(values).collect();
    say("ope", seconds, &values)
}

fn thompson() -> Done {
    let alike = (0..100).map(|i| Gaussian::new(0.05 + 0.0001 * f64::from(i % 13), 0.002));
    let alike = alike.collect::<gyre_math::Result<Vec<_>>>()?;
    let differ = (0..100)
        .map(|i| Gaussian::new(0.05 + 0.001 * f64::from(i), 0.002 + 1e-5 * f64::from(i)))
        .collect::<gyre_math::Result<Vec<_>>>()?;
    let rates = (0..100).map(|i| Beta::new(300.0 + f64::from(i % 13), 9700.0));
    let rates = rates.collect::<gyre_math::Result<Vec<_>>>()?;
    for (name, arms) in [("thompson_alike", &alike), ("thompson_differ", &differ)] {
        let (seconds, shares) = fastest(200, || Ok(best_arm_probabilities(arms)?))?;
        say(name, seconds, &[shares.iter().sum(), shares[12]])?;
    }
    let (seconds, shares) = fastest(50, || Ok(best_arm_probabilities(&rates)?))?;
    say("thompson_beta", seconds, &[shares.iter().sum(), shares[12]])
}

/// Balance, both lifts with fixed and always-valid intervals, and the posterior.
fn readout() -> Done {
    let treated = Mean { n: 21_307, sum: 30_311.69, sum_squares: 6_759_024.497_3 };
    let control = Mean { n: 21_306, sum: 13_908.33, sum_squares: 2_870_050.362_1 };
    let one = |treated: &Mean, control: &Mean| -> gyre_math::Result<f64> {
        let check = srm::chi_square(&[treated.n, control.n], &[1.0, 1.0])?;
        let arms = Arms { treated: treated.sample()?, control: control.sample()? };
        let mut sum = check.p_value;
        for scale in [Scale::Absolute, Scale::Relative] {
            let lift = arms.lift(scale)?;
            let watched = lift.always_valid(0.05, Mixing::Tuned { expected_units: 5000 })?;
            let believed = lift.posterior(Prior::Flat, 0.05)?;
            sum += lift.fixed(0.05)?.p_value + watched.p_value + believed.chance_to_win;
        }
        Ok(sum)
    };
    let (seconds, sum) = fastest(20, || {
        let mut sum = 0.0;
        for _ in 0..ROUNDS {
            sum += one(black_box(&treated), black_box(&control))?;
        }
        Ok(sum / f64::from(ROUNDS))
    })?;
    say("readout", seconds / f64::from(ROUNDS), &[sum])
}
