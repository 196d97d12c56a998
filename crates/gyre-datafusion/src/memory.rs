//! How the memory of one query is shared among its sorts, groups and joins.

use datafusion::common::{Result, resources_datafusion_err};
use datafusion::execution::memory_pool::{
    FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Into how many parts a strict pool is divided: as many sorts can be done and keep theirs.
const STRICT: usize = 32;

/// A pool in which nobody is held to a share while half of the memory is free.
///
/// DataFusion's fair pool gives everybody who can spill the same part, from the moment they are planned and
/// whether they need it or not: a metric has a hundred small sorts and groups, and one that gets a single wide
/// batch would fail with nearly all of the memory free.
#[derive(Debug)]
pub(crate) struct LenientPool {
    fair: FairSpillPool,
    size: usize,
    /// As long as no more than this is taken, nobody is held to anything.
    open: usize,
    /// Nobody has more than this beyond their share once more is taken.
    most: usize,
    asks: Mutex<()>,
}

impl LenientPool {
    pub(crate) fn new(size: usize) -> Self {
        let (fair, asks) = (FairSpillPool::new(size), Mutex::new(()));
        Self { fair, size, open: size / 2, most: size, asks }
    }
    /// One in which everybody is held to little from the beginning, as what is done keeps what it has.
    pub(crate) fn strict(size: usize) -> Self {
        Self { open: 0, most: size / STRICT, ..Self::new(size) }
    }
}

impl fmt::Display for LenientPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lenient {}", self.fair)
    }
}

impl MemoryPool for LenientPool {
    fn name(&self) -> &'static str {
        "lenient"
    }
    fn register(&self, consumer: &MemoryConsumer) {
        self.fair.register(consumer);
    }
    fn unregister(&self, consumer: &MemoryConsumer) {
        self.fair.unregister(consumer);
    }
    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.fair.grow(reservation, additional);
    }
    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.fair.shrink(reservation, shrink);
    }
    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let _one_at_a_time = self.asks.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = self.fair.reserved().saturating_add(additional);
        if wanted <= self.open {
            self.fair.grow(reservation, additional);
            return Ok(());
        }
        // Shares add up to all of it only where nobody has more than one.
        if wanted > self.size {
            let left = self.size.saturating_sub(self.fair.reserved());
            return Err(resources_datafusion_err!(
                "{} asks for {additional} bytes of {left} that are left of {}",
                reservation.consumer().name(),
                self.size
            ));
        }
        // Whoever has nothing yet cannot put anything down, and is not refused its first batch as long as there
        // is room for more such.
        let left = self.size - self.fair.reserved();
        if reservation.size().saturating_add(additional) <= self.most.min(left / 4) {
            self.fair.grow(reservation, additional);
            return Ok(());
        }
        self.fair.try_grow(reservation, additional)
    }
    fn reserved(&self) -> usize {
        self.fair.reserved()
    }
    fn memory_limit(&self) -> MemoryLimit {
        self.fair.memory_limit()
    }
}

#[cfg(test)]
mod tests {
    use super::LenientPool;
    use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool};
    use std::sync::Arc;

    #[test]
    fn there_is_never_more_than_all_of_it() {
        let pool: Arc<dyn MemoryPool> = Arc::new(LenientPool::new(1_000));
        let sorts: Vec<_> = (0..100)
            .map(|n| MemoryConsumer::new(format!("sort {n}")).with_can_spill(true).register(&pool))
            .collect();
        sorts[0].try_grow(500).unwrap();
        // Everybody else takes a fair share: there is none left for the last of them.
        let given = sorts[1..].iter().filter(|sort| sort.try_grow(10).is_ok()).count();
        assert_eq!((given, pool.reserved()), (50, 1_000));
        let told = sorts[99].try_grow(10).unwrap_err().to_string();
        assert!(told.contains("sort 99 asks for 10 bytes of 0 that are left of 1000"), "{told}");
    }

    #[test]
    fn shares_hold_once_half_is_taken() {
        let pool: Arc<dyn MemoryPool> = Arc::new(LenientPool::new(1_000));
        let mut all: Vec<_> = (0..100)
            .map(|n| MemoryConsumer::new(format!("sort {n}")).with_can_spill(true).register(&pool))
            .collect();
        // Fair shares would be ten each.
        let first = all.remove(0);
        first.try_grow(400).unwrap();
        let second = all.remove(0);
        second.try_grow(100).unwrap();
        assert!(second.try_grow(26).is_err(), "it has more than its share, and half is taken");
        // A quarter of what is left is more than a share, and lets others have their first batch too.
        let third = all.remove(0);
        third.try_grow(100).unwrap();
        assert!(third.try_grow(1).is_err());
        let fourth = all.remove(0);
        fourth.try_grow(100).unwrap();
        first.shrink(300);
        third.try_grow(100).unwrap();
        // What cannot spill takes what is left, as ever.
        let join = MemoryConsumer::new("join").register(&pool);
        join.try_grow(500).unwrap();
        assert!(join.try_grow(1).is_err());
        assert_eq!(pool.reserved(), 1_000);
    }
}
