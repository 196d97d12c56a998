//! What a shop sees: time flips an audience, a send follows, caps and stock hold.

use super::world::{World, Wrapped, identify, order, post, start};
use crate::{Question, TREATED};
use gyre_model::record::body::{Decision, Delivery, Enrollment, Identity, Outcome};
use gyre_model::{Span, Workspace};
use serde_json::json;

#[tokio::test]
async fn time_alone_makes_a_customer_due_and_a_mail_follows() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let events: Vec<_> = (0..20)
        .flat_map(|n| {
            let user = format!("u{n}");
            [identify(&user, &format!("i{n}")), order(&user, &format!("o{n}"))]
        })
        .collect();
    post(&engine, &events).await.unwrap();
    engine.advance(start() + Span::days(20)).await.unwrap();
    assert!(world.bodies::<Decision>().await.is_empty());
    engine.advance(start() + Span::days(22)).await.unwrap();

    let decisions = world.bodies::<Decision>().await;
    assert_eq!(decisions.len(), 20);
    let due = world.bodies::<Enrollment>().await;
    let entered: Vec<_> = due.iter().filter(|one| one.name == "due").collect();
    assert_eq!(entered.len(), 20);
    assert!(entered.iter().all(|one| one.at.0 == (start() + Span::days(21)).0 + 1));
    for decision in &decisions {
        let sum: f64 = decision.candidates.iter().map(|one| one.probability).sum();
        let held_out = decision.arm.as_deref() != Some(TREATED);
        assert!((sum - if held_out { 0.0 } else { 1.0 }).abs() < 1e-9, "{decision:?}");
        assert_eq!(decision.chosen.is_none(), held_out);
        assert_eq!(decision.features["orders"], 1);
    }
    let sent = world.bodies::<Delivery>().await;
    let sent = sent.iter().filter(|one| one.outcome == Outcome::Sent).count();
    assert_eq!(sent, world.channel.received().len());
    assert!(sent > 0);
    let discounts = decisions.iter().filter(|one| one.chosen.as_deref() == Some("discount"));
    assert!(discounts.count() <= 3, "the offer's stock is three");
}

#[tokio::test]
async fn the_same_message_counts_once_and_the_lake_has_it_once() {
    let world = World::new();
    let (engine, lake) = world.shop().await;
    post(&engine, &[order("ada", "m1"), order("ada", "m1")]).await.unwrap();
    post(&engine, &[order("ada", "m1"), order("ada", "m2")]).await.unwrap();
    engine.advance(start() + Span::HOUR).await.unwrap();
    assert_eq!(lake.rows("events"), 2);
    let ws = Workspace::default();
    let node = gyre_model::NodeId::node("main", gyre_model::NodeKind::User, "ada");
    let person = engine.shared.people_of(0).by_node(node).unwrap().unwrap();
    let catalog = engine.shared.catalog(&ws);
    let tiles = person.nodes.values().map(|node| &node.tiles);
    let row = gyre_derive::Row::of(&catalog.definitions, tiles, start() + Span::HOUR);
    assert_eq!(row.to_json(&catalog.definitions)["orders"], 2);
}

#[tokio::test]
async fn after_the_window_the_same_message_counts_again() {
    let world = World::new();
    let (engine, lake) = world.shop().await;
    post(&engine, &[order("ada", "m1")]).await.unwrap();
    engine.advance(start() + Span::days(7)).await.unwrap();
    post(&engine, &[order("ada", "m1")]).await.unwrap();
    engine.advance(start() + Span::days(8)).await.unwrap();
    assert_eq!(lake.rows("events"), 2);
}

#[tokio::test]
async fn a_visitor_who_signs_in_keeps_what_was_done_before() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    let anonymous =
        json!({"type": "track", "event": "Order Completed", "anonymousId": "d1", "messageId": "a"});
    post(&engine, &[anonymous]).await.unwrap();
    engine.advance(start() + Span::HOUR).await.unwrap();
    let both = json!({"type": "identify", "userId": "ada", "anonymousId": "d1", "messageId": "b", "traits": {}});
    post(&engine, &[both, order("ada", "c")]).await.unwrap();
    engine.advance(start() + Span::hours(2)).await.unwrap();
    let joined = world.bodies::<Identity>().await;
    assert!(joined.iter().all(|one| one.joined && one.person == joined[0].person), "{joined:?}");
    let person = engine.shared.people_of(0).get(joined[0].person).unwrap().unwrap();
    assert_eq!(person.nodes.len(), 2);
    assert_eq!(person.members.len(), 1, "still a customer, once");
    let arms: Vec<_> =
        world.bodies::<Enrollment>().await.into_iter().filter(|one| one.arm.is_some()).collect();
    assert_eq!(arms.len(), 1, "the arm of before stays: {arms:?}");
    let left: Vec<_> =
        world.bodies::<Enrollment>().await.into_iter().filter(|one| !one.entered).collect();
    assert_eq!(left[0].reason.as_deref(), Some("merged"));
}

#[tokio::test]
async fn in_app_caps_count_decisions_that_are_not_folded_yet() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    // Enough people that some are treated.
    let events: Vec<_> = (0..12).map(|n| order(&format!("u{n}"), &format!("o{n}"))).collect();
    post(&engine, &events).await.unwrap();
    engine.advance(start() + Span::days(22)).await.unwrap();
    let ws = Workspace::default();
    for n in 0..12 {
        let question = Question {
            user_id: Some(format!("u{n}")),
            placement: "home".to_owned(),
            ..Question::default()
        };
        let mut shown = 0;
        let mut ordinals = Vec::new();
        for _ in 0..6 {
            let answer = engine.decider.decide(&ws, &question).await.unwrap();
            ordinals.push(answer.decision.unwrap().ordinal);
            shown += usize::from(answer.content.is_some());
        }
        assert!(shown <= 2, "u{n} was shown {shown}");
        assert_eq!(ordinals, [0, 1, 2, 3, 4, 5]);
    }
    engine.settle().await.unwrap();
    let decisions = world.bodies::<Decision>().await;
    let discounts = decisions.iter().filter(|one| one.chosen.as_deref() == Some("discount"));
    assert!(discounts.count() <= 3, "the stock holds across e-mail and in-app");
}

#[tokio::test]
async fn opting_out_before_the_mail_leaves_stops_it() {
    let world = World::new();
    let (engine, _) = world.shop().await;
    post(&engine, &[identify("ada", "i"), order("ada", "o")]).await.unwrap();
    engine.advance(start() + Span::days(20)).await.unwrap();
    let out = json!({"type": "track", "event": "Unsubscribed", "userId": "ada", "messageId": "x", "properties": {}});
    post(&engine, &[out]).await.unwrap();
    engine.advance(start() + Span::days(22)).await.unwrap();
    assert!(world.channel.received().is_empty());
    let told = world.told().await;
    assert!(
        told.iter().any(|line| line.contains("refused") || line.contains("nothing")),
        "{told:#?}"
    );
}

#[tokio::test]
async fn two_runs_are_alike_wherever_batches_are_cut() {
    let mut runs = Vec::new();
    for chunk in [1, 7, 40] {
        let world = World::new();
        let (engine, _) = world.open(Wrapped::plain).await;
        super::world::apply(&engine, super::world::SHOP).await;
        let events: Vec<_> = (0..40)
            .map(|n| {
                let user = format!("u{}", n % 11);
                if n % 3 == 0 {
                    identify(&user, &format!("m{n}"))
                } else {
                    order(&user, &format!("m{n}"))
                }
            })
            .collect();
        for chunk in events.chunks(chunk) {
            post(&engine, chunk).await.unwrap();
            if chunk.len() == 7 {
                engine.caught_up().await.unwrap();
            }
        }
        engine.advance(start() + Span::days(30)).await.unwrap();
        let mut told = world.told().await;
        told.sort();
        runs.push(told);
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
}
