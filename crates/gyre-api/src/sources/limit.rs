//! How many events of a source are taken in a time.

use governor::clock::{Clock as _, MonotonicClock};
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use gyre_config::kinds::RateLimit;
use std::num::NonZeroU32;
use std::time::Duration;

/// A limit and what is left of it. It runs on the machine's clock also where the server's is manual: it
/// guards this machine.
#[derive(Debug)]
pub(crate) struct Limit {
    rate: RateLimit,
    burst: NonZeroU32,
    limiter: RateLimiter<NotKeyed, InMemoryState, MonotonicClock>,
}

impl Limit {
    /// A limit of which nothing is used yet; `None` for one that cannot be kept, which no check lets by.
    pub(crate) fn new(rate: RateLimit) -> Option<Self> {
        let burst = NonZeroU32::new(rate.burst.unwrap_or(rate.events))?;
        let per = Duration::from_micros(u64::try_from(rate.per.0).ok()?);
        let quota = Quota::with_period(per.checked_div(rate.events)?)?.allow_burst(burst);
        Some(Self { rate, burst, limiter: RateLimiter::direct(quota) })
    }

    /// What it was made of.
    pub(crate) fn rate(&self) -> RateLimit {
        self.rate
    }

    /// Takes so many events, all or none.
    ///
    /// # Errors
    /// How long to wait until they may come again. A batch of more than the burst waits until the whole
    /// burst is free: it must not be refused for ever.
    pub(crate) fn take(&self, events: usize) -> Result<(), Duration> {
        let wanted = u32::try_from(events).unwrap_or(u32::MAX).min(self.burst.get());
        let Some(wanted) = NonZeroU32::new(wanted) else { return Ok(()) };
        match self.limiter.check_n(wanted) {
            // More than the burst is never asked for.
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(not_until)) => Err(not_until.wait_time_from(MonotonicClock.now())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Limit;
    use gyre_config::kinds::RateLimit;
    use gyre_model::Span;

    #[test]
    fn what_is_more_waits_and_a_large_batch_is_not_refused_for_ever() {
        let rate = RateLimit { events: 2, per: Span::days(1), burst: Some(3) };
        let limit = Limit::new(rate).unwrap();
        assert_eq!(limit.take(0), Ok(()));
        assert_eq!(limit.take(2), Ok(()));
        let wait = limit.take(2).unwrap_err();
        assert!(wait.as_secs() > 3_600 && wait.as_secs() <= 43_200, "{wait:?}");
        assert_eq!(limit.take(1), Ok(()));
        assert!(limit.take(1).is_err());
        assert_eq!(Limit::new(rate).unwrap().take(1_000), Ok(()));
    }
}
