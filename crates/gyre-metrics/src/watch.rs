//! Whether an alert holds, and what is said of it: once when an episode begins, again when it has been
//! quiet for long enough, and once when it is over.

use crate::answer::{Shown, State};
use crate::rank::word;
use gyre_config::kinds::AlertWhen;
use gyre_config::question::Compare;
use gyre_model::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// What a look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The number is beyond the line.
    Holds,
    /// It is not.
    Fine,
    /// There is no number; why.
    Unknown(&'static str),
}

/// What is to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It began to hold.
    Fires,
    /// It still holds.
    Holds,
    /// It is over.
    Over,
}

impl Word {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fires => "fires",
            Self::Holds => "holds",
            Self::Over => "over",
        }
    }
}

/// What is remembered between two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Watch {
    /// Since when it holds; nothing while it does not.
    pub since: Option<Timestamp>,
    /// Whether people were told of this episode.
    pub is_told: bool,
    /// When they were last told that it holds, in this episode or one before.
    pub told: Option<Timestamp>,
}

impl Watch {
    /// Takes a look into account; what is to be said.
    ///
    /// An episode that begins while it has to be quiet is told of when that is over, if it still holds;
    /// of one that nobody was told of, the end is not told either. Not to know changes nothing.
    pub fn look(&mut self, verdict: &Verdict, at: Timestamp, quiet: Option<Span>) -> Option<Word> {
        match verdict {
            Verdict::Unknown(_) => None,
            Verdict::Fine => {
                let was_told = self.since.is_some() && self.is_told;
                (self.since, self.is_told) = (None, false);
                was_told.then_some(Word::Over)
            }
            Verdict::Holds => {
                self.since.get_or_insert(at);
                let may = match (self.told, quiet) {
                    (Some(told), Some(quiet)) => at >= told + quiet,
                    (Some(_), None) => !self.is_told,
                    (None, _) => true,
                };
                if !may {
                    return None;
                }
                let word = if self.is_told { Word::Holds } else { Word::Fires };
                (self.is_told, self.told) = (true, Some(at));
                Some(word)
            }
        }
    }
}

/// Holds a number against the line.
pub fn judge(when: AlertWhen, shown: &Shown) -> Verdict {
    let Some(value) = shown.now.value else { return Verdict::Unknown(why(shown.now.state)) };
    let holds = match when {
        AlertWhen::Above(line) => value > line,
        AlertWhen::Below(line) => value < line,
        AlertWhen::ChangesBy(percent) => {
            let before = shown.compared.get(word(Compare::PreviousPeriod));
            match before.and_then(|before| before.relative_change) {
                Some(change) => 100.0 * change.abs() > percent,
                None => return Verdict::Unknown("there is nothing to compare it with"),
            }
        }
    };
    if holds { Verdict::Holds } else { Verdict::Fine }
}

/// Why there is no number.
pub fn why(state: State) -> &'static str {
    match state {
        State::Ok | State::BelowMinimum | State::Empty => "nothing happened that counts",
        State::Immature => "all that counts is still within its window",
        State::Hidden => "too few people to be shown",
        State::MixedCurrencies => "the amounts are of several currencies",
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, Watch, judge};
    use crate::answer::{Shown, State, Value};
    use gyre_config::kinds::AlertWhen;
    use gyre_model::{Span, Timestamp};
    use std::collections::BTreeMap;

    /// A look an hour: `x` it holds, `.` it does not, `?` nobody knows. What is said at each: `F` fires,
    /// `H` still holds, `O` over.
    fn check(looks: &str, quiet: Option<Span>, expected: &str) {
        let mut watch = Watch::default();
        let said: String = (looks.chars().zip(1i64..))
            .map(|(look, hour)| {
                let verdict = match look {
                    'x' => Verdict::Holds,
                    '.' => Verdict::Fine,
                    _ => Verdict::Unknown("nobody knows"),
                };
                let word = watch.look(&verdict, Timestamp(hour * Span::HOUR.0), quiet);
                word.map_or('-', |word| word.as_str().to_uppercase().remove(0))
            })
            .collect();
        assert_eq!(said, expected, "{looks}");
    }

    #[test]
    fn an_episode_is_told_once_and_its_end_once() {
        check("..xxxx..x.", None, "--F---O-FO");
        check("xxxxxxxxxx", None, "F---------");
        check("..........", None, "----------");
    }

    #[test]
    fn not_to_know_begins_and_ends_nothing() {
        check("?x??x?.?", None, "-F----O-");
        check("???", None, "---");
    }

    #[test]
    fn what_still_holds_is_said_again_when_it_was_quiet_for_long_enough() {
        check("xxxxxxxxxx.", Some(Span::hours(3)), "F--H--H--HO");
        check("xx??xx.", Some(Span::hours(3)), "F---H-O");
    }

    #[test]
    fn a_number_that_goes_to_and_fro_is_quiet_too() {
        // The second and third episode begin within four hours of the first mail; the third outlasts them.
        check("x.x.xxx..", Some(Span::hours(4)), "FO--F--O-");
        check("x.x.x.x.x", Some(Span::hours(5)), "FO----FO-");
    }

    fn judged(when: AlertWhen, value: Option<f64>, state: State, change: Option<f64>) -> Verdict {
        let now = Value { value, state, ..Value::default() };
        let before = Value { relative_change: change, ..Value::default() };
        let compared = BTreeMap::from([("previous_period".to_owned(), before)]);
        judge(when, &Shown { now, compared })
    }

    #[test]
    fn the_line_itself_is_fine() {
        let ok = |when, value| judged(when, Some(value), State::Ok, None);
        assert_eq!(ok(AlertWhen::Above(5.0), 5.0), Verdict::Fine);
        assert_eq!(ok(AlertWhen::Above(5.0), 5.1), Verdict::Holds);
        assert_eq!(ok(AlertWhen::Below(5.0), 5.0), Verdict::Fine);
        assert_eq!(ok(AlertWhen::Below(5.0), 4.9), Verdict::Holds);
        let changed =
            |change| judged(AlertWhen::ChangesBy(20.0), Some(1.0), State::Ok, Some(change));
        assert_eq!(changed(0.2), Verdict::Fine);
        assert_eq!(changed(0.21), Verdict::Holds);
        assert_eq!(changed(-0.21), Verdict::Holds);
    }

    #[test]
    fn without_a_number_nobody_knows() {
        let below = AlertWhen::Below(5.0);
        let unknown = |state| judged(below, None, state, None);
        assert_eq!(unknown(State::Hidden), Verdict::Unknown("too few people to be shown"));
        assert_eq!(unknown(State::Empty), Verdict::Unknown("nothing happened that counts"));
        let alone = judged(AlertWhen::ChangesBy(20.0), Some(1.0), State::Ok, None);
        assert_eq!(alone, Verdict::Unknown("there is nothing to compare it with"));
        // Few units are a number; the mail says that they are few.
        assert_eq!(judged(below, Some(1.0), State::BelowMinimum, None), Verdict::Holds);
    }
}
