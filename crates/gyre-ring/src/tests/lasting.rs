//! Stages and moments: they begin and end at exact instants, and wherever the records are cut into
//! batches, and whatever died in between, the same follows.

use super::mutants::is_noticed;
use super::world::{World, Wrapped, apply, post, start};
use gyre_model::record::body::{Enrollment, Scope};
use gyre_model::{Family, Span};
use proptest::prelude::*;
use serde_json::json;

const LIFE: &str = r#"
apiVersion: gyre/v1
kind: Source
metadata: {name: shop}
spec: {type: server, write_keys: [shop-key-0001]}
---
apiVersion: gyre/v1
kind: Lifecycle
metadata: {name: customer}
spec:
  stages:
    - {name: visitor, rule: did('Seen')}
    - name: active
      rule: did('Bought', within => interval '3 hours')
      leave: not_since('Seen', interval '2 hours')
      stay: 1h
    - {name: loyal, rule: "did('Bought', times >= 3, within => interval '1 day')", stay: 2h}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: loyal}
spec: {rule: person.lifecycle_customer = 'loyal'}
---
apiVersion: gyre/v1
kind: Audience
metadata: {name: hot}
spec: {rule: "did('Seen', within => interval '90 minutes')", for: 20m}
"#;

/// What somebody does, and how many minutes after what was before.
type Did = (i64, u8, bool);

/// Tells what happens, lets the ring turn after those records that `cuts` names, and gives what follows,
/// in the order of what it follows from. (Where that stands in the journal differs: what follows stands
/// between.)
async fn follows(world: &World, did: &[Did], cuts: &[bool]) -> Vec<(Family, String)> {
    let (engine, _) = world.open(Wrapped::plain).await;
    apply(&engine, LIFE).await;
    let mut at = start();
    for (n, (minutes, who, buys)) in did.iter().enumerate() {
        at = at + Span(Span::MINUTE.0 * *minutes);
        engine.shared.clock.set(at);
        let event = if *buys { "Bought" } else { "Seen" };
        let call = json!({"type": "track", "event": event, "userId": format!("u{who}"),
            "messageId": format!("m{n}")});
        post(&engine, &[call]).await.unwrap();
        if cuts[n % cuts.len()] {
            engine.settle().await.unwrap();
        }
    }
    engine.shared.clock.set(at + Span::days(2));
    engine.tick_for_tests().await;
    engine.settle().await.unwrap();
    // What ended by then may begin what ends later.
    engine.tick_for_tests().await;
    engine.settle().await.unwrap();
    world.by_cause().await.into_values().collect()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_follows_does_not_depend_on_where_batches_are_cut(
        did in prop::collection::vec((0i64..100, 0u8..3, any::<bool>()), 1..40),
        cuts in prop::collection::vec(any::<bool>(), 1..7),
    ) {
        let (whole, cut) = block_on(async {
            let whole = follows(&World::new(), &did, &[false]).await;
            (whole, follows(&World::new(), &did, &cuts).await)
        });
        prop_assert_eq!(whole, cut);
    }
}

#[test]
fn a_moment_ends_in_the_middle_of_a_batch() {
    // Somebody else is seen when the moment of the first is over; the first never again.
    let did = [(0, 0, false), (30, 1, false), (30, 1, false)];
    let told = block_on(async {
        let world = World::new();
        let whole = follows(&world, &did, &[false]).await;
        assert_eq!(whole, follows(&World::new(), &did, &[true]).await);
        enrollments(&world).await
    });
    let of_hot: Vec<&String> = told.iter().filter(|line| line.contains("hot")).collect();
    assert_eq!(
        of_hot,
        [
            "2026-01-01T10:00:00Z entered hot",
            "2026-01-01T10:20:00Z left hot (over)",
            "2026-01-01T10:30:00Z entered hot",
            "2026-01-01T10:50:00Z left hot (over)",
        ]
    );
}

#[test]
fn a_test_without_the_early_look_would_be_noticed() {
    is_noticed("lasting", "a_moment_ends_in_the_middle_of_a_batch", "moment.no_flush");
}

async fn enrollments(world: &World) -> Vec<String> {
    let told = world.bodies::<Enrollment>().await;
    told.iter()
        .map(|one| {
            let verb = if one.entered { "entered" } else { "left" };
            let stage = match (&one.scope, &one.arm) {
                (Scope::Lifecycle, Some(stage)) => format!(" {stage}"),
                _ => String::new(),
            };
            let why = one.reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
            format!("{} {verb} {}{stage}{why}", one.at, one.name)
        })
        .collect()
}

#[test]
fn somebody_stays_as_long_as_a_stage_keeps_them_and_until_they_may_leave() {
    // Seen, bought, and never again: active for an hour at least, and until two hours after being seen.
    let told = block_on(async {
        let world = World::new();
        follows(&world, &[(0, 0, false), (10, 0, true)], &[true]).await;
        enrollments(&world).await
    });
    let of_stages: Vec<&String> = told.iter().filter(|line| line.contains("customer")).collect();
    assert_eq!(
        of_stages,
        [
            "2026-01-01T10:00:00Z entered customer visitor",
            "2026-01-01T10:10:00Z left customer visitor",
            "2026-01-01T10:10:00Z entered customer active",
            // Bought is three hours ago, and seen two: nothing keeps them.
            "2026-01-01T13:10:00Z left customer active",
            "2026-01-01T13:10:00Z entered customer visitor",
        ]
    );
}
