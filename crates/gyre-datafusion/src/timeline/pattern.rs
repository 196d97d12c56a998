//! Patterns of `sequence_match`: `(?1)` is a row that meets the first condition, `.` any row that meets
//! one, `.*` any number of them, and `(?t<=3600)` says how many seconds may lie between the row before and
//! the next one. A pattern may begin at any row.

use super::accumulator::Moment;
use datafusion::common::{Result, exec_err, plan_err};

const MICROS_PER_SECOND: i64 = 1_000_000;
/// Looks that one group may cost; beyond it the query fails instead of taking hours.
const MOST_LOOKS: usize = 20_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Than {
    Less,
    AtMost,
    More,
    AtLeast,
    Exactly,
}

/// One row of the pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    /// The conditions of which it has to meet one.
    mask: u32,
    /// Whether other rows may lie between the step before and this one.
    skips: bool,
    /// How far it may lie from the step before, in microseconds.
    gaps: Vec<(Than, i64)>,
}

impl Step {
    fn fits(&self, moment: Moment, before: Option<i64>) -> bool {
        moment.met() & self.mask != 0
            && before.is_none_or(|before| {
                let gap = moment.at().saturating_sub(before);
                self.gaps.iter().all(|(than, bound)| match than {
                    Than::Less => gap < *bound,
                    Than::AtMost => gap <= *bound,
                    Than::More => gap > *bound,
                    Than::AtLeast => gap >= *bound,
                    Than::Exactly => gap == *bound,
                })
            })
    }

    /// Keeps of those who wait the one that fits whenever another does, if there is one.
    fn thin(&self, befores: &mut Vec<i64>) {
        let at_most = |(than, _): &(Than, i64)| matches!(than, Than::Less | Than::AtMost);
        let at_least = |(than, _): &(Than, i64)| matches!(than, Than::More | Than::AtLeast);
        let one = if self.gaps.iter().all(at_most) {
            befores.iter().max()
        } else if self.gaps.iter().all(at_least) {
            befores.iter().min()
        } else {
            return;
        };
        if let Some(one) = one.copied() {
            befores.clear();
            befores.push(one);
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Step>);

impl Pattern {
    /// Whether the pattern occurs among a group's sorted moments.
    pub(super) fn occurs(&self, of: &[Moment]) -> Result<bool> {
        // Who waits for which step, and when the step before was.
        let mut waiting: Vec<Vec<i64>> = vec![Vec::new(); self.0.len()];
        let mut next = waiting.clone();
        let mut looks = 0;
        for moment in of {
            for (place, step) in self.0.iter().enumerate() {
                let befores = std::mem::take(&mut waiting[place]);
                looks += befores.len();
                // A pattern may begin anywhere.
                let begins = place == 0 && step.fits(*moment, None);
                if begins || befores.iter().any(|before| step.fits(*moment, Some(*before))) {
                    match next.get_mut(place + 1) {
                        Some(following) => following.push(moment.at()),
                        None => return Ok(true),
                    }
                }
                if step.skips {
                    next[place].extend(befores);
                }
            }
            if looks > MOST_LOOKS {
                return exec_err!(
                    "sequence_match took too many steps for one group; limit it to fewer rows"
                );
            }
            std::mem::swap(&mut waiting, &mut next);
            for (place, befores) in waiting.iter_mut().enumerate() {
                self.0[place].thin(befores);
            }
            next.iter_mut().for_each(Vec::clear);
        }
        Ok(false)
    }
}

/// Reads a pattern over so many conditions.
pub(super) fn parse(text: &str, conditions: usize) -> Result<Pattern> {
    let mut steps: Vec<Step> = Vec::new();
    let mut skips = false;
    let mut gaps = Vec::new();
    let mut rest = text;
    let place = |rest: &str| text.len() - rest.len() + 1;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(".*") {
            skips = true;
            rest = after;
            continue;
        }
        let (mask, after) = if let Some(after) = rest.strip_prefix('.') {
            (u32::MAX, after)
        } else {
            let inside = rest.strip_prefix("(?").and_then(|rest| rest.split_once(')'));
            let Some((inside, after)) = inside else {
                return plan_err!(
                    "the pattern of sequence_match is wrong at character {}: expected (?1), (?t<=60), . or .*",
                    place(rest)
                );
            };
            if let Some(gap) = inside.strip_prefix('t') {
                let Some(gap) = parse_gap(gap) else {
                    return plan_err!(
                        "the pattern of sequence_match is wrong at character {}: a time is written as (?t<=60), in seconds",
                        place(rest)
                    );
                };
                if steps.is_empty() {
                    return plan_err!(
                        "the pattern of sequence_match begins with a time; it has to stand between two rows"
                    );
                }
                gaps.push(gap);
                rest = after;
                continue;
            }
            match inside.parse::<usize>() {
                Ok(number) if (1..=conditions).contains(&number) => (1 << (number - 1), after),
                _ => {
                    return plan_err!(
                        "the pattern of sequence_match is wrong at character {}: (?{inside}) is none of its {conditions} conditions",
                        place(rest)
                    );
                }
            }
        };
        let gaps = std::mem::take(&mut gaps);
        // What lies before the first row does not matter.
        steps.push(Step { mask, skips: skips && !steps.is_empty(), gaps });
        skips = false;
        rest = after;
    }
    if steps.is_empty() || !gaps.is_empty() {
        return plan_err!("the pattern of sequence_match has to end with a row, such as (?2)");
    }
    Ok(Pattern(steps))
}

fn parse_gap(text: &str) -> Option<(Than, i64)> {
    let signs = [
        ("<=", Than::AtMost),
        (">=", Than::AtLeast),
        ("==", Than::Exactly),
        ("<", Than::Less),
        (">", Than::More),
        ("=", Than::Exactly),
    ];
    let (than, rest) =
        signs.into_iter().find_map(|(sign, than)| Some((than, text.strip_prefix(sign)?)))?;
    let seconds: i64 = rest.parse().ok().filter(|seconds| *seconds >= 0)?;
    Some((than, seconds.checked_mul(MICROS_PER_SECOND)?))
}
