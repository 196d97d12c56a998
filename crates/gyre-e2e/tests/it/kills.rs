//! kill -9 at random moments of the shop's three weeks, while it starts too, several times in one life.
//! What follows must be what would have followed.

use crate::faults::{Course, Facts, Shop, facts, go_on, number_of};
use crate::server::Server;
use std::time::{Duration, Instant};

/// Deaths in one life; then it may live to the end.
const PER_LIFE: u32 = 5;

/// Numbers that look random and are the same each time.
struct Moments(u64);

impl Moments {
    /// Somewhere in the first `whole`, by splitmix64.
    fn next(&mut self, whole: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let share = ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
        whole.mul_f64(share)
    }
}

#[tokio::test]
async fn killed_at_random_moments_the_shop_comes_to_the_same() {
    let shop = Shop::prepared().await;
    let began = Instant::now();
    let calm = shop.open("calm", Vec::new()).await;
    assert!(go_on(&calm, Course::default()).await.done);
    let whole = began.elapsed();
    let wanted = facts(&calm).await;
    drop(calm);
    shop.sink.take();
    let wished = number_of("GYRE_KILLS", 10);
    let mut moments = Moments(u64::from(number_of("GYRE_KILL_SEED", 1)));
    let (mut kills, mut lives) = (0, 0);
    while kills < wished {
        lives += 1;
        kills += live(&shop, &format!("life-{lives}"), &mut moments, whole, &wanted).await;
    }
    println!("{kills} kills in {lives} lives of {whole:?}");
}

/// One life of the shop; how often it was killed.
async fn live(
    shop: &Shop,
    name: &str,
    moments: &mut Moments,
    whole: Duration,
    wanted: &Facts,
) -> u32 {
    let mut course = Course::default();
    let mut kills = 0;
    while kills < PER_LIFE && !course.done {
        let mut options = shop.options(name);
        options.killed_after = Some(moments.next(whole));
        let Some(mut server) = Server::try_start(options).await else {
            kills += 1;
            continue;
        };
        course = go_on(&server, course).await;
        if !course.done {
            assert!(!server.wait().success(), "{name}: it was not killed");
            kills += 1;
        }
    }
    let server = shop.open(name, Vec::new()).await;
    assert!(go_on(&server, course).await.done, "{name}");
    assert_eq!(facts(&server).await, *wanted, "{name}");
    shop.books_agree(&server, name).await;
    drop(server);
    std::fs::remove_dir_all(shop.folder.path().join(name)).ok();
    kills
}
