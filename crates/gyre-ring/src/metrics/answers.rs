//! Answers that are given again. Many look at the same board, and read it again whenever records come: what took
//! long is computed once for all of them, and whoever can do with what was true a moment ago does not wait.

use crate::error::Result;
use crate::shared::Shared;
use gyre_metrics::{Answer, Facts, FunnelAnswer};
use gyre_model::{Offset, Span, Timestamp};
use gyre_ports::Clock;
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::OnceCell;

/// So many times as long as it took is an answer not computed again: at most a twentieth of the time goes to it.
const REST: i64 = 20;
/// How long a newer answer is waited for where an older one will do.
const GRACE: Duration = Duration::from_millis(300);
/// The most rows that are kept, of all answers together.
const MOST_ROWS: usize = 100_000;

/// What is kept.
pub(crate) trait Given: Clone + Send + Sync + 'static {
    /// How many rows it has.
    fn rows(&self) -> usize;
    /// Says that a newer one is being made, or is due.
    fn renew(&mut self);
}

impl Given for Answer {
    fn rows(&self) -> usize {
        1 + self.rows.len() + self.groups.len()
    }
    fn renew(&mut self) {
        self.renewing = true;
    }
}

impl Given for FunnelAnswer {
    fn rows(&self) -> usize {
        1 + self.steps.len()
    }
    fn renew(&mut self) {
        self.renewing = true;
    }
}

/// What makes two questions the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The question, who asks, and after how many changes of what is applied.
    asked: String,
    /// Who must not be measured.
    withheld: u64,
}

impl Key {
    pub(crate) fn of(question: &impl Serialize, applied: u64, facts: &Facts) -> Result<Self> {
        let who = (facts.workspace.as_str(), facts.may_see_people, applied);
        let asked = serde_json::to_string(&(who, question))
            .map_err(|why| crate::error::Error::corrupt("a question", why))?;
        let mut withheld = DefaultHasher::new();
        facts.withheld.hash(&mut withheld);
        Ok(Self { asked, withheld: withheld.finish() })
    }
}

/// How far the records had come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reach {
    ends: Vec<Offset>,
    /// Whether all of them could be queried.
    whole: bool,
}

impl Reach {
    pub(crate) fn of(shared: &Shared) -> Self {
        let partitions = 0..shared.journal.partitions();
        let ends: Vec<Offset> = partitions.clone().map(|one| shared.journal.end(one)).collect();
        let whole = partitions.zip(&ends).all(|(one, end)| shared.marks(one).archived() >= *end);
        Self { ends, whole }
    }
}

#[derive(Debug, Clone)]
struct Kept<A> {
    answer: A,
    at: Timestamp,
    took: Span,
    reach: Reach,
}

#[derive(Debug)]
pub(crate) struct Answers<A> {
    kept: Mutex<BTreeMap<Key, Kept<A>>>,
    /// Those that are being computed.
    running: Mutex<BTreeMap<Key, Weak<OnceCell<A>>>>,
    /// How often everything was forgotten.
    forgotten: AtomicU64,
}

impl<A> Default for Answers<A> {
    fn default() -> Self {
        Self { kept: Mutex::default(), running: Mutex::default(), forgotten: AtomicU64::default() }
    }
}

impl<A: Given> Answers<A> {
    /// The answer to a question: one that is kept and not older than `patience`, or else what `work` computes.
    ///
    /// One that is kept is given where nothing has come since, where it is not yet worth computing again, and
    /// where computing takes longer than a moment; then it says that a newer one comes, which is computed
    /// although nobody waits for it. With no patience, or a manual clock, it is always computed.
    pub(crate) async fn give<F>(
        self: &Arc<Self>,
        clock: &Arc<dyn Clock>,
        reach: Reach,
        key: Key,
        patience: Span,
        work: F,
    ) -> Result<A>
    where
        F: Future<Output = Result<A>> + Send + 'static,
    {
        if patience <= Span(0) || clock.is_manual() {
            return work.await;
        }
        let now = clock.now();
        let Some(kept) = self.known(&key, now, patience) else {
            return self.computed(Arc::clone(clock), key, now, reach, work).await;
        };
        if kept.reach == reach && reach.whole {
            return Ok(kept.answer);
        }
        let mut answer = kept.answer;
        if now < kept.at + Span(kept.took.0.saturating_mul(REST)) {
            answer.renew();
            return Ok(answer);
        }
        let (all, clock) = (Arc::clone(self), Arc::clone(clock));
        let newer = tokio::spawn(async move { all.computed(clock, key, now, reach, work).await });
        match tokio::time::timeout(GRACE, newer).await {
            Ok(Ok(newer)) => newer,
            // It failed to be computed at all, or is still being computed.
            Ok(Err(_)) | Err(_) => {
                answer.renew();
                Ok(answer)
            }
        }
    }

    /// Computes once, however many ask.
    async fn computed<F>(
        &self,
        clock: Arc<dyn Clock>,
        key: Key,
        at: Timestamp,
        reach: Reach,
        work: F,
    ) -> Result<A>
    where
        F: Future<Output = Result<A>>,
    {
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let cell = {
            let mut running = self.running.lock();
            running.retain(|_, cell| cell.strong_count() > 0);
            let known = running.get(&key).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let cell = Arc::default();
                running.insert(key.clone(), Arc::downgrade(&cell));
                cell
            })
        };
        // Whoever goes while computing leaves it to the next who waits.
        let answer = cell.get_or_try_init(|| async {
            let answer = work.await?;
            let took = Span(clock.now().0 - at.0);
            let kept = Kept { answer: answer.clone(), at, took, reach };
            self.keep(key.clone(), kept, forgotten);
            Ok(answer)
        });
        answer.await.cloned()
    }

    fn known(&self, key: &Key, now: Timestamp, patience: Span) -> Option<Kept<A>> {
        let kept = self.kept.lock();
        kept.get(key).filter(|one| one.at <= now && now < one.at + patience).cloned()
    }

    /// Keeps an answer, and as few of the oldest as have room beside it.
    fn keep(&self, key: Key, answer: Kept<A>, forgotten: u64) {
        let mut all = self.kept.lock();
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            return;
        }
        all.insert(key, answer);
        let mut rows: usize = all.values().map(|one| one.answer.rows()).sum();
        while rows > MOST_ROWS {
            let oldest = all.iter().min_by_key(|(_, one)| one.at).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| all.remove(&key)) else { return };
            rows -= gone.answer.rows();
        }
    }

    /// Keeps nothing of what was known so far, nor what comes of it.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept.lock();
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        kept.clear();
        self.running.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Given, Key, MOST_ROWS, Reach};
    use crate::error::{Error, Result};
    use gyre_model::{Span, Timestamp};
    use gyre_ports::Clock;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    /// A clock that goes where it is set.
    #[derive(Debug, Default)]
    struct Set(AtomicI64);

    impl Clock for Set {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }
    }

    /// The number of the computation that it comes from.
    #[derive(Debug, Clone, PartialEq)]
    struct Nth(usize, bool);

    impl Given for Nth {
        fn rows(&self) -> usize {
            MOST_ROWS / 2
        }
        fn renew(&mut self) {
            self.1 = true;
        }
    }

    #[derive(Default)]
    struct World {
        answers: Arc<Answers<Nth>>,
        time: Arc<Set>,
        computed: Arc<AtomicUsize>,
    }

    const MINUTE: Span = Span::MINUTE;

    impl World {
        /// Asks when records have come to `end`; computing takes so long.
        async fn ask(&self, what: &str, end: u64, patience: Span, takes: Span) -> Result<Nth> {
            let clock: Arc<dyn Clock> = Arc::clone(&self.time) as _;
            let (time, computed) = (Arc::clone(&self.time), Arc::clone(&self.computed));
            let work = async move {
                tokio::task::yield_now().await;
                time.0.fetch_add(takes.0, Ordering::SeqCst);
                Ok(Nth(1 + computed.fetch_add(1, Ordering::SeqCst), false))
            };
            let key = Key { asked: what.to_owned(), withheld: 0 };
            let reach = Reach { ends: vec![end], whole: true };
            self.answers.give(&clock, reach, key, patience, work).await
        }
        async fn check(&self, end: u64, patience: Span, expected: Nth) {
            assert_eq!(self.ask("a", end, patience, Span::SECOND).await.unwrap(), expected);
        }
        fn pass(&self, span: Span) {
            self.time.0.fetch_add(span.0, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn an_answer_is_given_again_as_long_as_it_is_true_or_dear() {
        let world = World::default();
        world.check(1, MINUTE, Nth(1, false)).await;
        world.check(1, MINUTE, Nth(1, false)).await;
        // It took a second; records came.
        world.check(2, MINUTE, Nth(1, true)).await;
        world.pass(Span(19 * Span::SECOND.0));
        world.check(2, MINUTE, Nth(2, false)).await;
        world.check(2, MINUTE, Nth(2, false)).await;
        // Nobody is given what is older than they said, or anything kept if they said nothing.
        world.check(2, Span(0), Nth(3, false)).await;
        world.pass(MINUTE);
        world.check(2, MINUTE, Nth(4, false)).await;
        world.check(2, Span(1), Nth(5, false)).await;
    }

    #[tokio::test]
    async fn many_who_ask_at_once_wait_for_one() {
        let world = World::default();
        let asked = (0..5).map(|_| world.ask("a", 1, MINUTE, Span::SECOND));
        let answers = futures_of(asked).await;
        assert!(answers.iter().all(|one| *one == Nth(1, false)), "{answers:?}");
    }

    async fn futures_of(
        asked: impl Iterator<Item = impl Future<Output = Result<Nth>>>,
    ) -> Vec<Nth> {
        let mut asked: Vec<_> = asked.map(Box::pin).collect();
        let mut answers: Vec<Option<Nth>> = vec![None; asked.len()];
        std::future::poll_fn(|context| {
            for (one, answer) in asked.iter_mut().zip(&mut answers) {
                if answer.is_none()
                    && let std::task::Poll::Ready(ready) = one.as_mut().poll(context)
                {
                    *answer = Some(ready.unwrap());
                }
            }
            if answers.iter().all(Option::is_some) {
                return std::task::Poll::Ready(());
            }
            std::task::Poll::Pending
        })
        .await;
        answers.into_iter().flatten().collect()
    }

    #[tokio::test]
    async fn what_fails_is_not_kept_and_what_waits_tries_again() {
        let world = World::default();
        let clock: Arc<dyn Clock> = Arc::clone(&world.time) as _;
        let key = Key { asked: "a".to_owned(), withheld: 0 };
        let reach = Reach { ends: vec![1], whole: true };
        let fails = async { Err(Error::Invalid { message: "no".to_owned(), hint: None }) };
        world.answers.give(&clock, reach, key, MINUTE, fails).await.unwrap_err();
        world.check(1, MINUTE, Nth(1, false)).await;
    }

    #[tokio::test]
    async fn a_newer_one_that_takes_long_is_made_although_nobody_waits() {
        let world = World::default();
        world.check(1, MINUTE, Nth(1, false)).await;
        world.pass(Span(30 * Span::SECOND.0));
        let clock: Arc<dyn Clock> = Arc::clone(&world.time) as _;
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let work = async move {
            drop(begun.await);
            Ok(Nth(9, false))
        };
        let key = Key { asked: "a".to_owned(), withheld: 0 };
        let reach = Reach { ends: vec![2], whole: true };
        let given = world.answers.give(&clock, reach, key, MINUTE, work).await.unwrap();
        assert_eq!(given, Nth(1, true));
        begin.send(()).unwrap();
        while world.answers.running.lock().values().any(|one| one.strong_count() > 0) {
            tokio::task::yield_now().await;
        }
        world.check(2, MINUTE, Nth(9, false)).await;
    }

    #[tokio::test]
    async fn there_is_room_for_so_many_and_nothing_is_left_of_the_erased() {
        let world = World::default();
        for what in ["a", "b", "c"] {
            world.ask(what, 1, MINUTE, Span(1)).await.unwrap();
        }
        assert_eq!(world.ask("c", 1, MINUTE, Span(1)).await.unwrap(), Nth(3, false));
        assert_eq!(world.ask("a", 1, MINUTE, Span(1)).await.unwrap(), Nth(4, false), "the oldest");
        world.answers.forget();
        assert_eq!(world.ask("c", 1, MINUTE, Span(1)).await.unwrap(), Nth(5, false));
        // What was being computed when somebody was erased is not kept either.
        let answers = Arc::clone(&world.answers);
        let clock: Arc<dyn Clock> = Arc::clone(&world.time) as _;
        let key = Key { asked: "d".to_owned(), withheld: 0 };
        let reach = Reach { ends: vec![1], whole: true };
        let work = async move {
            answers.forget();
            Ok(Nth(7, false))
        };
        world.answers.give(&clock, reach, key, MINUTE, work).await.unwrap();
        assert_eq!(world.ask("d", 1, MINUTE, Span(1)).await.unwrap(), Nth(6, false));
    }
}
